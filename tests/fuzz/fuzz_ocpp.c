/* fuzz_ocpp.c: any texts from a charge point, in any state.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lines, each behind a byte that says what happens first: bits 0 and 1 a command, bits 2 to 4 seconds that pass, bit 5
 * whether the line is heard as it stands or as an answer to what is out. Whatever is understood is of our outlet and in
 * range; what is refused brings nothing; what is sent is a frame of OCPP.
 */
#include "hwbridge/meter.h"
#include "hwbridge/ocpp_point.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define OUTLET 7

struct table {
    struct ocpp_point point;
    struct ocpp_now now;
    size_t inputs;
    uint64_t command;
};

static void on_input(void *self, const struct hw_input *input)
{
    struct table *table = self;
    table->inputs++;
    assert(input->outlet == OUTLET && input->kind < HW_INPUT_KINDS && input->command <= table->command);
    assert(input->kind != HW_RELAY || input->value == 0 || input->value == 1);
    if (input->kind != HW_METER)
        return;
    assert(input->energy_uj == HW_UNKNOWN_VALUE || (input->energy_uj >= 0 && input->energy_uj <= METER_COUNTER_MAX_UJ));
    assert(input->power_w == HW_UNKNOWN_VALUE || (input->power_w >= 0 && input->power_w <= 1000000));
}

static void on_reject(void *self, uint32_t outlet, enum hw_reject reject)
{
    (void)self, (void)outlet, (void)reject;
}

static bool on_send(void *self, const char *text, size_t length)
{
    (void)self;
    struct ocpp_frame frame;
    int reject = ocpp_frame_read(&frame, text, length);
    assert(reject == GUARD_OK);
    ocpp_frame_close(&frame);
    return true;
}

static void happen(struct table *table, uint8_t what)
{
    static const enum hw_command_kind kinds[] = {HW_COMMAND_PROBE, HW_COMMAND_ON, HW_COMMAND_OFF};
    int64_t seconds = what >> 2 & 7;
    table->now.mono_ns += seconds * 1000000000;
    table->now.utc_us += seconds * 1000000;
    if ((what & 3) < 3) {
        const struct hw_command command = {.kind = kinds[what & 3],
                                           .outlet = OUTLET,
                                           .number = ++table->command,
                                           .limit_ma = 16000,
                                           .lease_us = 30000000};
        (void)ocpp_point_submit(&table->point, 0, &command, table->now.mono_ns);
    }
    (void)ocpp_point_time(&table->point, &table->now);
}

static void hear(struct table *table, const char *text, size_t length, bool is_answer)
{
    char id[OCPP_ID_MAX], answer[GUARD_BYTES_MAX + 128];
    table->inputs = 0;
    if (is_answer && length <= GUARD_BYTES_MAX) {
        ocpp_call_id(&table->point, table->point.calls.number, id);
        length = (size_t)snprintf(answer, sizeof answer, "[3,\"%s\",%.*s]", id, (int)length, text);
        text = answer;
    }
    int reject = ocpp_point_hear(&table->point, text, length, &table->now);
    assert(reject == GUARD_OK || (reject >= 0 && reject < HW_REJECTS));
    assert(reject == GUARD_OK || table->inputs == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct table table;
    int64_t transactions = 0;
    memset(&table, 0, sizeof table);
    table.now = (struct ocpp_now){.mono_ns = 1000000000, .utc_us = 1519862400000000};
    ocpp_point_init(&table.point, &(struct hw_sink){&table, on_input, on_reject}, &(struct ocpp_out){&table, on_send},
                    &transactions);
    ocpp_point_add(&table.point, &(struct ocpp_connector_config){.outlet = OUTLET, .number = 1, .limit_va = 200});
    ocpp_point_connected(&table.point);
    while (length > 1) {
        const uint8_t *end = memchr(bytes + 1, '\n', length - 1);
        size_t line = end == NULL ? length - 1 : (size_t)(end - bytes - 1);
        happen(&table, bytes[0]);
        hear(&table, (const char *)bytes + 1, line, (bytes[0] & 32) != 0);
        bytes += line + 1 + (end != NULL);
        length -= line + 1 + (end != NULL);
    }
    ocpp_point_gone(&table.point);
    return 0;
}
