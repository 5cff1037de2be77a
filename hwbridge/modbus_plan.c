/* modbus_plan.c: commands as transactions, and what was read as inputs.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/guard.h"
#include "hwbridge/meter.h"
#include "hwbridge/modbus_map.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define POWER_MOST_W  1e6
#define POWER_LEAST_W (-20) /* what a meter may show below 0 while nothing flows */
#define WH_UJ         3.6e9

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

size_t modbus_form_words(enum modbus_form form)
{
    return form <= MODBUS_U16 ? 1 : 2;
}

static uint32_t bits_of(const uint16_t words[MODBUS_WORDS_MAX], enum modbus_form form)
{
    uint32_t first = words[0], second = words[1];
    uint32_t abcd = first << 16 | second, cdab = second << 16 | first;
    switch (form) {
    case MODBUS_BIT:
    case MODBUS_U16:
        return first;
    case MODBUS_U32_ABCD:
    case MODBUS_F32_ABCD:
        return abcd;
    case MODBUS_U32_CDAB:
    case MODBUS_S32_CDAB:
    case MODBUS_F32_CDAB:
        return cdab;
    case MODBUS_F32_BADC:
        return (abcd & 0x00ff00ff) << 8 | (abcd & 0xff00ff00) >> 8;
    case MODBUS_F32_DCBA:
        return __builtin_bswap32(abcd);
    }
    return 0;
}

double modbus_number(const uint16_t words[MODBUS_WORDS_MAX], enum modbus_form form)
{
    uint32_t bits = bits_of(words, form);
    float number;
    if (form == MODBUS_S32_CDAB)
        return (int32_t)bits;
    if (form < MODBUS_F32_ABCD)
        return bits;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* ---- plans ------------------------------------------------------------------------------------------------------ */

static uint16_t lease_s(const struct modbus_device *device)
{
    return (uint16_t)(device->lease_us / 1000000);
}

struct plan {
    struct modbus_step *steps;
    size_t count;
};

static struct modbus_step *add(struct plan *plan, uint8_t unit, enum modbus_function function, uint16_t address)
{
    assert(plan->count < MODBUS_STEPS_MAX);
    struct modbus_step *step = &plan->steps[plan->count++];
    *step = (struct modbus_step){.unit = unit, .function = function, .address = address, .count = 1};
    return step;
}

static uint32_t value_of(const struct modbus_write *write, const struct modbus_device *device,
                         const struct hw_command *command)
{
    switch (write->value) {
    case MODBUS_CONST:
        return write->constant;
    case MODBUS_LIMIT_MA:
        return (uint32_t)command->limit_ma;
    case MODBUS_LIMIT_DA:
        return (uint32_t)(command->limit_ma / 100);
    case MODBUS_LEASE_S:
        return lease_s(device);
    }
    return 0;
}

static uint16_t moved(const struct modbus_device *device, uint16_t address)
{
    return (uint16_t)(address + (device->map->is_movable ? device->relay : 0));
}

static void add_writes(struct plan *plan, const struct modbus_device *device, const struct modbus_write *writes,
                       size_t count, const struct hw_command *command)
{
    for (size_t i = 0; i < count; i++) {
        struct modbus_step *step = add(plan, device->unit, writes[i].function, moved(device, writes[i].address));
        uint32_t value = value_of(&writes[i], device, command);
        bool is_long = writes[i].function == MODBUS_WRITE_MANY;
        assert(is_long || value <= UINT16_MAX);
        step->count = is_long ? 2 : 1;
        step->words[0] = (uint16_t)(is_long ? value >> 16 : value);
        step->words[1] = (uint16_t)(is_long ? value : 0);
    }
}

static void add_read(struct plan *plan, uint8_t unit, uint16_t address, const struct modbus_field *field)
{
    struct modbus_step *step = add(plan, unit, field->function, address);
    step->count = field->words > 0 ? field->words : (uint16_t)modbus_form_words(field->form);
    assert(step->count <= MODBUS_WORDS_MAX);
    step->field = field;
}

static bool is_read(const struct modbus_field *field, enum modbus_job job)
{
    return field->meaning < MODBUS_SETTING0 ? job == MODBUS_JOB_LOOK || field->meaning == MODBUS_STATE
                                            : job == MODBUS_JOB_PREFLIGHT;
}

static void add_reads(struct plan *plan, const struct modbus_device *device, enum modbus_job job)
{
    const struct modbus_map *map = device->map, *meter = device->meter;
    for (size_t i = 0; i < map->field_count; i++)
        if (is_read(&map->fields[i], job))
            add_read(plan, device->unit, moved(device, map->fields[i].address), &map->fields[i]);
    for (size_t i = 0; meter != NULL && i < meter->field_count; i++)
        if (is_read(&meter->fields[i], job) && meter->fields[i].meaning < MODBUS_SETTING0)
            add_read(plan, device->meter_unit, meter->fields[i].address, &meter->fields[i]);
}

size_t modbus_plan(struct modbus_step steps[MODBUS_STEPS_MAX], const struct modbus_device *device, enum modbus_job job,
                   const struct hw_command *command)
{
    struct plan plan = {steps, 0};
    const struct modbus_map *map = device->map;
    bool is_on = job == MODBUS_JOB_ON;
    if (is_on && (command->limit_ma < map->least_ma || command->limit_ma > UINT16_MAX))
        return 0;
    if (is_on)
        add_writes(&plan, device, map->on, map->on_count, command);
    else if (job == MODBUS_JOB_OFF)
        add_writes(&plan, device, map->off, map->off_count, NULL);
    else if (job == MODBUS_JOB_PREFLIGHT)
        add_writes(&plan, device, map->prepare, map->prepare_count, NULL);
    add_reads(&plan, device, job);
    return plan.count;
}

/* ---- what came -------------------------------------------------------------------------------------------------- */

struct reading {
    double power_w, energy_wh;
    bool has_power, has_energy, is_short; /* short: a part of the energy was not read */
    int closed, plugged;                  /* -1: not told */
    bool is_fault;
    uint16_t fault;
};

static int judge_state(struct reading *reading, const struct modbus_states *states, uint32_t bits)
{
    uint32_t state = bits >> states->shift & states->mask;
    for (size_t i = 0; i < states->count; i++) {
        const struct modbus_state *one = &states->states[i];
        if (one->state != state)
            continue;
        reading->closed = one->is_closed >= 0 ? one->is_closed : reading->closed;
        reading->plugged = one->is_plugged >= 0 ? one->is_plugged : reading->plugged;
        reading->is_fault = reading->is_fault || one->is_fault;
        reading->fault = one->is_fault ? one->state : reading->fault;
        return GUARD_OK;
    }
    return HW_REJECT_RANGE;
}

static void judge_setting(struct modbus_findings *findings, const struct modbus_device *device, size_t index,
                          double number)
{
    assert(index < device->map->setting_count);
    const struct modbus_setting *setting = &device->map->settings[index];
    double wanted = setting->value == MODBUS_LEASE_S ? lease_s(device) : setting->constant;
    bool is_good = number == wanted;
    findings->settings_good |= is_good ? 1u << index : 0;
    findings->settings_bad |= is_good ? 0 : 1u << index;
}

static int judge_number(struct reading *reading, enum modbus_meaning meaning, double number)
{
    if (!isfinite(number))
        return HW_REJECT_RANGE;
    if (meaning == MODBUS_POWER) {
        reading->power_w = number < 0 ? 0 : number;
        reading->has_power = true;
        return number >= POWER_LEAST_W && number <= POWER_MOST_W ? GUARD_OK : HW_REJECT_RANGE;
    }
    reading->energy_wh += number;
    reading->has_energy = true;
    bool is_sane = number >= 0 && reading->energy_wh * WH_UJ <= (double)METER_COUNTER_MAX_UJ;
    return is_sane ? GUARD_OK : HW_REJECT_RANGE;
}

static int judge(struct modbus_findings *findings, struct reading *reading, const struct modbus_device *device,
                 const struct modbus_step *step, const struct modbus_result *result)
{
    const struct modbus_field *field = step->field;
    double number = modbus_number(result->words, field->form) * field->scale;
    if (field->meaning == MODBUS_STATE)
        return judge_state(reading, field->states, bits_of(result->words, field->form));
    if (field->meaning < MODBUS_SETTING0)
        return judge_number(reading, field->meaning, number);
    judge_setting(findings, device, (size_t)(field->meaning - MODBUS_SETTING0), number);
    return GUARD_OK;
}

static struct hw_input *found(struct modbus_findings *findings, const struct modbus_device *device,
                              enum hw_input_kind kind, uint64_t raw)
{
    assert(findings->count < MODBUS_INPUTS_MAX);
    struct hw_input *input = &findings->inputs[findings->count++];
    *input = (struct hw_input){.kind = kind, .outlet = device->outlet, .raw = raw};
    return input;
}

static void conclude(struct modbus_findings *findings, const struct modbus_device *device,
                     const struct reading *reading, uint64_t raw)
{
    if (reading->closed >= 0) {
        findings->has_relay = true;
        findings->is_closed = reading->closed != 0;
        found(findings, device, HW_RELAY, raw)->value = reading->closed;
    }
    if (reading->plugged >= 0)
        found(findings, device, HW_PLUG, raw)->value = reading->plugged;
    if (reading->is_fault)
        found(findings, device, HW_FAULT, raw)->value = reading->fault;
    bool has_energy = reading->has_energy && !reading->is_short;
    if (reading->has_power || has_energy) {
        struct hw_input *input = found(findings, device, HW_METER, raw);
        input->power_w = reading->has_power ? llround(reading->power_w) : HW_UNKNOWN_VALUE;
        input->energy_uj = has_energy ? llround(reading->energy_wh * WH_UJ) : HW_UNKNOWN_VALUE;
    }
}

int modbus_decode(struct modbus_findings *findings, const struct modbus_device *device, const struct modbus_step *steps,
                  const struct modbus_result *results, size_t count)
{
    struct reading reading = {.closed = -1, .plugged = -1};
    *findings = (struct modbus_findings){.count = 0};
    for (size_t i = 0; i < count; i++) {
        if (steps[i].field == NULL)
            continue;
        if (results[i].outcome != MODBUS_DONE) {
            reading.is_short = reading.is_short || steps[i].field->meaning == MODBUS_ENERGY;
            continue;
        }
        int reject = judge(findings, &reading, device, &steps[i], &results[i]);
        if (reject != GUARD_OK) {
            *findings = (struct modbus_findings){.count = 0};
            return reject;
        }
    }
    conclude(findings, device, &reading, hw_raw(results, count * sizeof results[0]));
    return GUARD_OK;
}
