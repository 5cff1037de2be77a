/* fuzz_modbus.c: any registers of any device, and any bytes at the virtual device's door.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses. Below 128: map, meter and job, and the rest are outcomes and registers: whatever is
 * understood is of our outlet and in range; what is refused brings nothing. From 128: frames of TCP, from 192 of a
 * serial line, with and without a sum that is right: what is answered is a frame that the next read of the same kind
 * takes apart.
 */
#include "hwbridge/guard.h"
#include "hwbridge/meter.h"
#include "hwbridge/modbus_map.h"
#include "hwbridge/virtual/modbus_board.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* ---- the bridge's side ------------------------------------------------------------------------------------------ */

static void check(const struct hw_input *input)
{
    assert(input->outlet == 7);
    assert(input->kind == HW_RELAY || input->kind == HW_PLUG || input->kind == HW_FAULT || input->kind == HW_METER);
    assert((input->kind != HW_RELAY && input->kind != HW_PLUG) || input->value == 0 || input->value == 1);
    if (input->kind != HW_METER)
        return;
    assert(input->energy_uj == HW_UNKNOWN_VALUE || (input->energy_uj >= 0 && input->energy_uj <= METER_COUNTER_MAX_UJ));
    assert(input->power_w == HW_UNKNOWN_VALUE || (input->power_w >= 0 && input->power_w <= 1000000));
}

static void read_registers(uint8_t choice, const uint8_t *bytes, size_t length)
{
    static const char *const switches[] = {"relay", "keba", "abb", "wallbe"};
    static const char *const meters[] = {"sdm230", "sdm630"};
    const struct hw_command on = {.kind = HW_COMMAND_ON, .number = 1, .limit_ma = 16000, .lease_us = 30000000};
    struct modbus_device device = {.outlet = 7, .map = modbus_map_find(switches[choice % 4]), .lease_us = 30000000};
    if (!device.map->is_meter)
        device.meter = modbus_map_find(meters[choice / 4 % 2]);
    struct modbus_step steps[MODBUS_STEPS_MAX];
    struct modbus_result results[MODBUS_STEPS_MAX] = {{0}};
    struct modbus_findings findings;
    size_t count = modbus_plan(steps, &device, (enum modbus_job)(choice / 8 % MODBUS_JOBS), &on);
    assert(count > 0 && count <= MODBUS_STEPS_MAX);
    memcpy(results, bytes, length < sizeof results ? length : sizeof results);
    int reject = modbus_decode(&findings, &device, steps, results, count);
    assert(reject == GUARD_OK || (reject >= 0 && reject < HW_REJECTS));
    assert(reject == GUARD_OK || findings.count == 0);
    assert(findings.count <= MODBUS_INPUTS_MAX && (findings.settings_good & findings.settings_bad) == 0);
    for (size_t i = 0; i < findings.count; i++)
        check(&findings.inputs[i]);
}

/* ---- the device's side ------------------------------------------------------------------------------------------ */

static void ignore_edge(void *self, int64_t now_ns, bool is_closed, int64_t energy_uj)
{
    (void)self, (void)now_ns, (void)is_closed, (void)energy_uj;
}

static void begin(struct modbus_board *board, uint8_t choice)
{
    static const char *const names[] = {"sdm230", "sdm630", "keba", "abb", "wallbe"};
    const struct faults none = {.count = 0};
    bool is_known = modbus_board_init(
        board,
        &(struct modbus_board_config){.name = names[choice % 5],
                                      .plug = {.power_w = 3000, .demand_uj = INT64_MAX, .resolution_uj = 1, .seed = 1},
                                      .truth = {NULL, ignore_edge}},
        &none, 0);
    assert(is_known);
}

static void ask_tcp(struct modbus_board *board, const uint8_t *bytes, size_t length)
{
    struct modbus_ask ask;
    struct modbus_frame frame;
    uint16_t values[MODBUS_ASKED_MAX] = {0};
    long taken;
    for (size_t at = 0; (taken = modbus_wire_tcp_read(&ask, bytes + at, length - at)) > 0; at += (size_t)taken) {
        assert((size_t)taken <= length - at);
        modbus_wire_tcp_answer(&frame, &ask, modbus_board_answer(board, values, &ask, 0), values);
        assert(frame.length >= 9 && frame.length == 6u + (size_t)(frame.bytes[4] << 8 | frame.bytes[5]));
        assert(frame.bytes[0] == bytes[at] && frame.bytes[1] == bytes[at + 1]);
    }
}

static void ask_serial(struct modbus_board *board, const uint8_t *bytes, size_t length, bool is_summed)
{
    uint8_t copy[MODBUS_FRAME_MAX];
    struct modbus_ask ask;
    struct modbus_frame frame;
    uint16_t values[MODBUS_ASKED_MAX] = {0};
    if (length + 2 > sizeof copy)
        return;
    memcpy(copy, bytes, length);
    if (is_summed) {
        uint16_t sum = modbus_wire_crc(copy, length);
        copy[length++] = (uint8_t)sum;
        copy[length++] = (uint8_t)(sum >> 8);
    }
    if (!modbus_wire_rtu_read(&ask, copy, length))
        return;
    modbus_wire_rtu_answer(&frame, &ask, modbus_board_answer(board, values, &ask, 0), values);
    assert(modbus_wire_crc(frame.bytes, frame.length) == 0 && frame.bytes[0] == copy[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct modbus_board board;
    if (length == 0)
        return 0;
    uint8_t choice = bytes[0];
    if (choice < 128) {
        read_registers(choice, bytes + 1, length - 1);
        return 0;
    }
    begin(&board, choice);
    if (choice < 192)
        ask_tcp(&board, bytes + 1, length - 1);
    else
        ask_serial(&board, bytes + 1, length - 1, choice % 2 == 0);
    return 0;
}
