/* fuzz_mqtt.c: any bytes on any topic of any dialect.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses dialect, topic and the retained flag. Whatever is understood is of our outlet and in range;
 * what is refused brings nothing.
 */
#include "hwbridge/meter.h"
#include "hwbridge/mqtt_dialect.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(const struct hw_input *input)
{
    assert(input->outlet == 7 && input->kind < HW_INPUT_KINDS);
    assert(input->kind != HW_RELAY || input->value == 0 || input->value == 1);
    if (input->kind != HW_METER)
        return;
    assert(input->energy_uj == HW_UNKNOWN_VALUE || (input->energy_uj >= 0 && input->energy_uj <= METER_COUNTER_MAX_UJ));
    assert(input->power_w == HW_UNKNOWN_VALUE || (input->power_w >= 0 && input->power_w <= 1000000));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct mqtt_dialect *const dialects[] = {&mqtt_tasmota, &mqtt_shelly, &mqtt_zigbee};
    if (length == 0)
        return 0;
    const struct mqtt_dialect *dialect = dialects[bytes[0] % 3];
    size_t topics = 0;
    while (dialect->subscriptions[topics] != NULL)
        topics++;
    struct mqtt_device device = {.dialect = dialect, .outlet = 7, .topic = "t", .lease_us = 30000000};
    struct mqtt_findings findings = {.count = 0};
    const struct mqtt_message message = {.topic = bytes[0] / 3 % topics,
                                         .payload = (const char *)bytes + 1,
                                         .length = length - 1,
                                         .is_retained = bytes[0] >= 192};
    int reject = dialect->decode(&findings, &device, &message);
    assert(reject == GUARD_OK || (reject >= 0 && reject < HW_REJECTS));
    assert(reject == GUARD_OK || findings.count == 0);
    assert(findings.count <= MQTT_INPUTS_MAX);
    for (size_t i = 0; i < findings.count; i++)
        check(&findings.inputs[i]);
    return 0;
}
