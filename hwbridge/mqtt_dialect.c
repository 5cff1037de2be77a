/* mqtt_dialect.c: what dialects have in common.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/mqtt_dialect.h"

#include "hwbridge/meter.h"
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define POWER_MAX_W 1e6

const struct mqtt_dialect *mqtt_dialect_find(const char *name)
{
    static const struct mqtt_dialect *const all[] = {&mqtt_tasmota, &mqtt_shelly, &mqtt_zigbee};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

static int read_energy(int64_t *energy_uj, struct guard_node node, int64_t unit_uj)
{
    double value;
    int reject = guard_sum(&value, node, 0, (double)METER_COUNTER_MAX_UJ / (double)unit_uj);
    if (reject == GUARD_OK)
        *energy_uj = llround(value * 1e6) * (unit_uj / 1000000); /* a millionth of a unit is below every resolution */
    return reject;
}

/* A little less than 0 is what meters tell of nothing. */
static int read_power(int64_t *power_w, struct guard_node node)
{
    double value;
    int reject = guard_sum(&value, node, -POWER_MAX_W, POWER_MAX_W);
    if (reject == GUARD_OK)
        *power_w = value > 0 ? llround(value) : 0;
    return reject;
}

struct hw_input *mqtt_find(struct mqtt_findings *findings, const struct mqtt_device *device,
                           const struct mqtt_message *message, enum hw_input_kind kind)
{
    assert(findings->count < MQTT_INPUTS_MAX);
    struct hw_input *input = &findings->inputs[findings->count++];
    *input =
        (struct hw_input){.kind = kind, .outlet = device->outlet, .raw = hw_raw(message->payload, message->length)};
    if (kind == HW_METER)
        input->energy_uj = input->power_w = HW_UNKNOWN_VALUE;
    return input;
}

int mqtt_find_meter(struct mqtt_findings *findings, const struct mqtt_device *device,
                    const struct mqtt_message *message, const struct mqtt_reading *reading)
{
    int64_t energy_uj = HW_UNKNOWN_VALUE, power_w = HW_UNKNOWN_VALUE;
    int reject = GUARD_OK;
    if (guard_is_there(reading->energy))
        reject = read_energy(&energy_uj, reading->energy, reading->unit_uj);
    if (reject == GUARD_OK && guard_is_there(reading->power))
        reject = read_power(&power_w, reading->power);
    if (reject != GUARD_OK)
        return reject;
    struct hw_input *input = mqtt_find(findings, device, message, HW_METER);
    input->energy_uj = energy_uj;
    input->power_w = power_w;
    return GUARD_OK;
}

void mqtt_judge(struct mqtt_device *device, unsigned setting, bool is_good)
{
    device->settings_good |= is_good ? 1u << setting : 0;
    device->settings_bad |= is_good ? 0 : 1u << setting;
}

void mqtt_payload(struct mqtt_letter *letter, const char *topic, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(letter->payload, sizeof letter->payload, format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof letter->payload);
    length = snprintf(letter->topic, sizeof letter->topic, "%s", topic);
    assert(length > 0 && (size_t)length < sizeof letter->topic);
}
