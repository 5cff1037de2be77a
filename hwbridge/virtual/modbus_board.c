/* modbus_board.c: the virtual outlet's registers.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/modbus_board.h"

#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define WH_UJ     INT64_C(3600000000)
#define VOLTAGE_V 200

enum table { TABLE_COILS, TABLE_INPUTS, TABLE_HOLDING };

/* What a register shows or takes. */
enum content {
    CONTENT_RELAY,
    CONTENT_ENABLE,
    CONTENT_LIMIT_MA,
    CONTENT_LIMIT_DA,
    CONTENT_LIMIT_OR_OFF, /* in mA, two words */
    CONTENT_FAILSAFE_MA,
    CONTENT_WATCHDOG_S,
    CONTENT_KEBA_STATE,
    CONTENT_KEBA_CABLE,
    CONTENT_ABB_STATE,
    CONTENT_LETTER,
    CONTENT_POWER_W,
    CONTENT_POWER_MW,
    CONTENT_ENERGY_KWH,
    CONTENT_ENERGY_REST_WH, /* behind the kWh */
    CONTENT_ENERGY_WH,
    CONTENT_ENERGY_DWH, /* 0.1 Wh */
    CONTENT_VOLTAGE,
    CONTENT_CURRENT,
    CONTENT_FREQUENCY,
    CONTENT_ZERO
};

/* One word; two, the greater or the lesser first; two of a float. */
enum shape { SHAPE_WORD, SHAPE_LONG, SHAPE_SWAPPED, SHAPE_FLOAT };

struct cell {
    enum table table;
    uint16_t address;
    enum content content;
    enum shape shape;
    bool is_writable, is_meter;
};

struct modbus_board_kind {
    const char *name;
    uint8_t unit, meter_unit;
    const struct cell *cells;
    size_t count;
    bool reads_apart;     /* one value in a question */
    uint16_t failsafe_ma; /* that it comes with; an ABB's is set by its installer, and was set well */
};

static const struct cell sdm230[] = {
    {TABLE_COILS, 0, CONTENT_RELAY, SHAPE_WORD, true, false},
    {TABLE_INPUTS, 0x0000, CONTENT_VOLTAGE, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x0006, CONTENT_CURRENT, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x000c, CONTENT_POWER_W, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x0046, CONTENT_FREQUENCY, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x0048, CONTENT_ENERGY_KWH, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x004a, CONTENT_ZERO, SHAPE_FLOAT, false, true}, /* fed back */
    {TABLE_INPUTS, 0x0156, CONTENT_ENERGY_KWH, SHAPE_FLOAT, false, true},
};
static const struct cell sdm630[] = {
    {TABLE_COILS, 0, CONTENT_RELAY, SHAPE_WORD, true, false},
    {TABLE_INPUTS, 0x0000, CONTENT_VOLTAGE, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x0006, CONTENT_CURRENT, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x000c, CONTENT_POWER_W, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x0034, CONTENT_POWER_W, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x0046, CONTENT_FREQUENCY, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x0048, CONTENT_ENERGY_KWH, SHAPE_FLOAT, false, true},
    {TABLE_INPUTS, 0x004a, CONTENT_ZERO, SHAPE_FLOAT, false, true}, /* fed back */
    {TABLE_INPUTS, 0x0156, CONTENT_ENERGY_KWH, SHAPE_FLOAT, false, true},
};
static const struct cell keba[] = {
    {TABLE_HOLDING, 1000, CONTENT_KEBA_STATE, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 1004, CONTENT_KEBA_CABLE, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 1006, CONTENT_ZERO, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 1020, CONTENT_POWER_MW, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 1036, CONTENT_ENERGY_DWH, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 1600, CONTENT_FAILSAFE_MA, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 1602, CONTENT_WATCHDOG_S, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 5004, CONTENT_LIMIT_MA, SHAPE_WORD, true, false},
    {TABLE_HOLDING, 5014, CONTENT_ENABLE, SHAPE_WORD, true, false},
    {TABLE_HOLDING, 5016, CONTENT_FAILSAFE_MA, SHAPE_WORD, true, false},
    {TABLE_HOLDING, 5018, CONTENT_WATCHDOG_S, SHAPE_WORD, true, false},
};
static const struct cell abb[] = {
    {TABLE_HOLDING, 0x400c, CONTENT_ABB_STATE, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 0x400e, CONTENT_LIMIT_OR_OFF, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 0x401c, CONTENT_POWER_W, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 0x401e, CONTENT_ENERGY_WH, SHAPE_LONG, false, false},
    {TABLE_HOLDING, 0x4020, CONTENT_WATCHDOG_S, SHAPE_WORD, false, false},
    {TABLE_HOLDING, 0x4100, CONTENT_LIMIT_OR_OFF, SHAPE_LONG, true, false},
    {TABLE_HOLDING, 0x4106, CONTENT_WATCHDOG_S, SHAPE_WORD, true, false},
};
static const struct cell wallbe[] = {
    {TABLE_COILS, 400, CONTENT_ENABLE, SHAPE_WORD, true, false},
    {TABLE_INPUTS, 100, CONTENT_LETTER, SHAPE_WORD, false, false},
    {TABLE_INPUTS, 120, CONTENT_POWER_W, SHAPE_SWAPPED, false, false},
    {TABLE_INPUTS, 128, CONTENT_ENERGY_KWH, SHAPE_SWAPPED, false, false},
    {TABLE_HOLDING, 528, CONTENT_LIMIT_DA, SHAPE_WORD, true, false},
    {TABLE_HOLDING, 904, CONTENT_ENERGY_REST_WH, SHAPE_WORD, false, false},
};

static const struct modbus_board_kind kinds[] = {
    {"sdm230", 2, 1, sdm230, sizeof sdm230 / sizeof sdm230[0], false, 0},
    {"sdm630", 2, 1, sdm630, sizeof sdm630 / sizeof sdm630[0], false, 0},
    {"keba", 255, 255, keba, sizeof keba / sizeof keba[0], true, 6000},
    {"abb", 1, 1, abb, sizeof abb / sizeof abb[0], false, 0},
    {"wallbe", 255, 255, wallbe, sizeof wallbe / sizeof wallbe[0], false, 0},
};

bool modbus_board_init(struct modbus_board *board, const struct modbus_board_config *config,
                       const struct faults *faults, int64_t now_ns)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, config->name) != 0)
            continue;
        *board = (struct modbus_board){.kind = &kinds[i],
                                       .unit = config->unit != 0 ? config->unit : kinds[i].unit,
                                       .meter_unit = config->meter_unit != 0 ? config->meter_unit : kinds[i].meter_unit,
                                       .relay = config->relay,
                                       .limit = 16000,
                                       .failsafe_ma = kinds[i].failsafe_ma,
                                       .heard_ns = now_ns};
        if (kinds[i].unit == kinds[i].meter_unit)
            board->meter_unit = board->unit;
        plug_init(&board->plug, &config->plug, faults, &config->truth, now_ns);
        return true;
    }
    return false;
}

bool modbus_board_has(const struct modbus_board *board, uint8_t unit)
{
    return unit == board->unit || unit == board->meter_unit;
}

/* ---- what is shown ---------------------------------------------------------------------------------------------- */

/* It does not look at its relay, when that is stuck. */
static bool says_closed(const struct modbus_board *board, int64_t now_ns)
{
    const struct plug *plug = &board->plug;
    bool is_blind = faults_now(&plug->faults, FAULT_DEAD_RELAY, now_ns) != NULL ||
                    faults_now(&plug->faults, FAULT_STUCK_RELAY, now_ns) != NULL;
    return is_blind ? plug->is_wanted : plug->is_closed;
}

static double shown(struct modbus_board *board, enum content content, int64_t now_ns)
{
    bool is_closed = says_closed(board, now_ns);
    int64_t counter_uj = plug_counter_uj(&board->plug, now_ns), power_w = plug_power_w(&board->plug, now_ns);
    switch (content) {
    case CONTENT_RELAY:
        return is_closed;
    case CONTENT_ENABLE:
        return board->plug.is_wanted;
    case CONTENT_LIMIT_MA:
    case CONTENT_LIMIT_DA:
        return board->limit;
    case CONTENT_LIMIT_OR_OFF:
        return board->plug.is_wanted ? board->limit : 0;
    case CONTENT_FAILSAFE_MA:
        return board->failsafe_ma;
    case CONTENT_WATCHDOG_S:
        return board->watchdog_s;
    case CONTENT_KEBA_STATE:
        return is_closed ? 3 : 5;
    case CONTENT_KEBA_CABLE:
        return 7;
    case CONTENT_ABB_STATE:
        return is_closed ? 4 << 8 : 1 << 8;
    case CONTENT_LETTER:
        return is_closed ? 'C' : 'B';
    case CONTENT_POWER_W:
        return (double)power_w;
    case CONTENT_POWER_MW:
        return (double)power_w * 1000;
    case CONTENT_ENERGY_KWH:
        return (double)counter_uj / (1000.0 * (double)WH_UJ);
    case CONTENT_ENERGY_REST_WH:
        return (double)(counter_uj / WH_UJ % 1000);
    case CONTENT_ENERGY_WH:
        return (double)(counter_uj / WH_UJ);
    case CONTENT_ENERGY_DWH:
        return (double)(counter_uj / (WH_UJ / 10));
    case CONTENT_VOLTAGE:
        return VOLTAGE_V;
    case CONTENT_CURRENT:
        return (double)power_w / VOLTAGE_V;
    case CONTENT_FREQUENCY:
        return 60;
    case CONTENT_ZERO:
        return 0;
    }
    return 0;
}

static size_t put_shape(uint16_t *values, enum shape shape, double number)
{
    uint32_t bits = (uint32_t)(int64_t)number;
    float single = (float)number;
    if (shape == SHAPE_FLOAT)
        memcpy(&bits, &single, sizeof bits);
    values[0] = (uint16_t)(shape == SHAPE_LONG || shape == SHAPE_FLOAT ? bits >> 16 : bits);
    values[1] = (uint16_t)(shape == SHAPE_SWAPPED ? bits >> 16 : bits);
    return shape == SHAPE_WORD ? 1 : 2;
}

static const struct cell *find(const struct modbus_board *board, enum table table, uint8_t unit, uint16_t address)
{
    for (size_t i = 0; i < board->kind->count; i++) {
        const struct cell *cell = &board->kind->cells[i];
        uint16_t at = (uint16_t)(cell->address + (cell->content == CONTENT_RELAY ? board->relay : 0));
        bool is_of_unit = unit == (cell->is_meter ? board->meter_unit : board->unit);
        if (is_of_unit && cell->table == table && at == address)
            return cell;
    }
    return NULL;
}

static enum modbus_exception read_values(struct modbus_board *board, uint16_t *values, const struct modbus_ask *ask,
                                         int64_t now_ns)
{
    enum table table = ask->is_bits ? TABLE_COILS : ask->function == 4 ? TABLE_INPUTS : TABLE_HOLDING;
    size_t at = 0;
    if (ask->function == 2)
        return MODBUS_NO_FUNCTION;
    while (at < ask->count) {
        uint16_t pair[2];
        const struct cell *cell = find(board, table, ask->unit, (uint16_t)(ask->address + at));
        if (cell == NULL || (at > 0 && board->kind->reads_apart))
            return MODBUS_NO_ADDRESS;
        size_t words = put_shape(pair, cell->shape, shown(board, cell->content, now_ns));
        if (at + words > ask->count)
            return MODBUS_NO_ADDRESS;
        memcpy(values + at, pair, words * sizeof pair[0]);
        at += words;
    }
    return MODBUS_OK;
}

/* ---- what is taken ---------------------------------------------------------------------------------------------- */

static enum modbus_exception switch_to(struct modbus_board *board, bool is_on, int64_t now_ns)
{
    if (is_on && faults_now(&board->plug.faults, FAULT_REFUSE, now_ns) != NULL)
        return MODBUS_FAILURE;
    if (is_on != board->plug.is_wanted)
        plug_command(&board->plug, is_on, now_ns);
    return MODBUS_OK;
}

static enum modbus_exception set(uint16_t *setting, uint32_t value, uint32_t least, uint32_t most)
{
    if (value < least || value > most)
        return MODBUS_BAD_VALUE;
    *setting = (uint16_t)value;
    return MODBUS_OK;
}

/* In mA, that the car may draw. */
static enum modbus_exception grant(struct modbus_board *board, enum modbus_exception exception, uint32_t limit_ma,
                                   int64_t now_ns)
{
    if (exception == MODBUS_OK)
        plug_set_limit(&board->plug, (int64_t)limit_ma * VOLTAGE_V / 1000, now_ns);
    return exception;
}

static enum modbus_exception write_value(struct modbus_board *board, enum content content, uint32_t value,
                                         int64_t now_ns)
{
    switch (content) {
    case CONTENT_RELAY:
    case CONTENT_ENABLE:
        return value > 1 ? MODBUS_BAD_VALUE : switch_to(board, value == 1, now_ns);
    case CONTENT_LIMIT_MA:
        return grant(board, set(&board->limit, value, 6000, 63000), value, now_ns);
    case CONTENT_LIMIT_DA:
        return grant(board, set(&board->limit, value, 60, 800), value * 100, now_ns);
    case CONTENT_LIMIT_OR_OFF: {
        enum modbus_exception exception =
            value == 0 ? MODBUS_OK : grant(board, set(&board->limit, value, 6000, 32000), value, now_ns);
        return exception == MODBUS_OK ? switch_to(board, value != 0, now_ns) : exception;
    }
    case CONTENT_FAILSAFE_MA:
        return value == 0 ? set(&board->failsafe_ma, 0, 0, 0) : set(&board->failsafe_ma, value, 6000, 63000);
    case CONTENT_WATCHDOG_S:
        return value == 0 ? set(&board->watchdog_s, 0, 0, 0) : set(&board->watchdog_s, value, 3, 3600);
    default:
        return MODBUS_NO_ADDRESS;
    }
}

static enum modbus_exception write_values(struct modbus_board *board, const struct modbus_ask *ask, int64_t now_ns)
{
    enum table table = ask->is_bits ? TABLE_COILS : TABLE_HOLDING;
    size_t at = 0;
    while (at < ask->count) {
        const struct cell *cell = find(board, table, ask->unit, (uint16_t)(ask->address + at));
        size_t words = cell != NULL && cell->shape != SHAPE_WORD ? 2 : 1;
        if (cell == NULL || !cell->is_writable || at + words > ask->count)
            return MODBUS_NO_ADDRESS;
        uint32_t value = words == 2 ? (uint32_t)ask->values[at] << 16 | ask->values[at + 1] : ask->values[at];
        enum modbus_exception exception = write_value(board, cell->content, value, now_ns);
        if (exception != MODBUS_OK)
            return exception;
        at += words;
    }
    return MODBUS_OK;
}

enum modbus_exception modbus_board_answer(struct modbus_board *board, uint16_t *values, const struct modbus_ask *ask,
                                          int64_t now_ns)
{
    board->heard_ns = now_ns;
    if (ask->fault != MODBUS_OK)
        return ask->fault;
    return ask->is_write ? write_values(board, ask, now_ns) : read_values(board, values, ask, now_ns);
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

/* When nobody has asked anything for so long, only the fail-safe current flows. */
static int64_t watch(struct modbus_board *board, int64_t now_ns)
{
    bool is_watching = board->watchdog_s > 0 && board->plug.is_wanted && board->failsafe_ma == 0 &&
                       faults_now(&board->plug.faults, FAULT_NO_LEASE, now_ns) == NULL;
    if (!is_watching)
        return PLUG_NEVER_NS;
    int64_t ends_ns = board->heard_ns + board->watchdog_s * SECOND_NS;
    if (now_ns < ends_ns)
        return ends_ns;
    plug_command(&board->plug, false, now_ns);
    return PLUG_NEVER_NS;
}

int64_t modbus_board_run(struct modbus_board *board, int64_t now_ns)
{
    int64_t watch_ns = watch(board, now_ns), plug_ns = plug_run(&board->plug, now_ns);
    return watch_ns < plug_ns ? watch_ns : plug_ns;
}
