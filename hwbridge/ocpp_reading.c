/* ocpp_reading.c: what a list of sampled values says of energy and power.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_reading.h"

#include "hwbridge/meter.h"
#include "hwbridge/ocpp_text.h"

#include <string.h>

#define UWH_UJ       3600 /* a millionth of a Wh */
#define UWH_MOST     (METER_COUNTER_MAX_UJ / UWH_UJ)
#define POWER_MOST_W 1000000

/* Over all phases, and by phase. */
struct sum {
    bool is_whole, is_told;
    int64_t whole, phases;
};

static bool is_word(struct guard_node value, const char *field, const char *standard, const char *word)
{
    struct guard_node node = guard_find(value, field);
    const char *said = guard_is_there(node) ? guard_string(node) : standard;
    return said != NULL && strcmp(said, word) == 0;
}

static void add(struct sum *sum, struct guard_node value, int64_t figure)
{
    bool is_phase = guard_is_there(guard_find(value, "phase"));
    sum->is_told = true;
    sum->is_whole = sum->is_whole || !is_phase;
    if (is_phase)
        sum->phases += figure;
    else
        sum->whole = figure;
}

static int read_figure(int64_t *figure, struct guard_node value, int scale)
{
    const char *text = guard_string(guard_find(value, "value"));
    return text == NULL ? (int)HW_REJECT_TYPE : ocpp_decimal(figure, text, scale);
}

static int add_energy(struct sum *sum, struct guard_node value)
{
    int64_t uwh;
    bool is_kilo = is_word(value, "unit", "Wh", "kWh");
    if (!is_kilo && !is_word(value, "unit", "Wh", "Wh"))
        return HW_REJECT_TYPE;
    int reject = read_figure(&uwh, value, is_kilo ? 9 : 6);
    if (reject == GUARD_OK && (uwh < 0 || uwh > UWH_MOST))
        reject = HW_REJECT_RANGE;
    if (reject == GUARD_OK)
        add(sum, value, uwh * UWH_UJ);
    return reject;
}

/* A little less than 0 is what meters tell of nothing. */
static int add_power(struct sum *sum, struct guard_node value)
{
    int64_t mw;
    bool is_kilo = is_word(value, "unit", "W", "kW");
    if (!is_kilo && !is_word(value, "unit", "W", "W"))
        return HW_REJECT_TYPE;
    int reject = read_figure(&mw, value, is_kilo ? 6 : 3);
    if (reject == GUARD_OK && (mw < -POWER_MOST_W * INT64_C(1000) || mw > POWER_MOST_W * INT64_C(1000)))
        reject = HW_REJECT_RANGE;
    if (reject == GUARD_OK)
        add(sum, value, mw > 0 ? (mw + 500) / 1000 : 0);
    return reject;
}

static int take(int64_t *figure, const struct sum *sum, int64_t most)
{
    int64_t value = sum->is_whole ? sum->whole : sum->phases;
    if (value > most)
        return HW_REJECT_RANGE;
    *figure = sum->is_told ? value : HW_UNKNOWN_VALUE;
    return GUARD_OK;
}

static int add_value(struct sum *energy, struct sum *power, struct guard_node value)
{
    if (!guard_is_object(value))
        return HW_REJECT_TYPE;
    if (!is_word(value, "location", "Outlet", "Outlet") || !is_word(value, "format", "Raw", "Raw"))
        return GUARD_OK;
    if (is_word(value, "measurand", "Energy.Active.Import.Register", "Energy.Active.Import.Register"))
        return add_energy(energy, value);
    if (is_word(value, "measurand", "", "Power.Active.Import"))
        return add_power(power, value);
    return GUARD_OK;
}

/* At most GUARD_PARTS_MAX values of at most 3.6e18 uJ by phase would not fit: the range is looked at with each. */
int ocpp_reading_read(struct ocpp_reading *reading, struct guard_node values)
{
    struct sum energy = {0}, power = {0};
    *reading = (struct ocpp_reading){HW_UNKNOWN_VALUE, HW_UNKNOWN_VALUE};
    int reject = guard_count(values) > 0 ? GUARD_OK : (int)HW_REJECT_TYPE;
    for (size_t i = 0; i < guard_count(values) && reject == GUARD_OK; i++) {
        reject = add_value(&energy, &power, guard_at(values, i));
        if (energy.phases > METER_COUNTER_MAX_UJ)
            reject = HW_REJECT_RANGE;
    }
    int64_t energy_uj, power_w;
    if (reject == GUARD_OK)
        reject = take(&energy_uj, &energy, METER_COUNTER_MAX_UJ);
    if (reject == GUARD_OK)
        reject = take(&power_w, &power, POWER_MOST_W);
    if (reject == GUARD_OK)
        *reading = (struct ocpp_reading){energy_uj, power_w};
    return reject;
}
