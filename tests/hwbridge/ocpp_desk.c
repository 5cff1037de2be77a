/* ocpp_desk.c: one charge point without a wire, for tests.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/ocpp_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct desk desk;

static void on_input(void *self, const struct hw_input *input)
{
    (void)self;
    assert_true(desk.input_count < 64);
    desk.inputs[desk.input_count++] = *input;
}

static void on_reject(void *self, uint32_t outlet, enum hw_reject reject)
{
    (void)self, (void)outlet, (void)reject;
    fail();
}

static bool on_send(void *self, const char *text, size_t length)
{
    (void)self;
    assert_true(desk.sent_count < 32);
    snprintf(desk.sent[desk.sent_count++], OCPP_TEXT_MAX, "%.*s", (int)length, text);
    return true;
}

void desk_pass(int64_t seconds)
{
    desk.now.mono_ns += seconds * NS;
    desk.now.utc_us += seconds * SEC;
}

/* Sends what is due, and forgets what was heard and sent before. */
void desk_turn(void)
{
    desk.input_count = desk.sent_count = 0;
    (void)ocpp_point_time(&desk.point, &desk.now);
}

int desk_hear(const char *text)
{
    desk.input_count = desk.sent_count = 0;
    return ocpp_point_hear(&desk.point, text, strlen(text), &desk.now);
}

/* An answer to what is out. */
int desk_answer(const char *payload)
{
    char id[OCPP_ID_MAX], text[1024];
    ocpp_call_id(&desk.point, desk.point.calls.number, id);
    snprintf(text, sizeof text, "[3,\"%s\",%s]", id, payload);
    return desk_hear(text);
}

void desk_open(void)
{
    memset(&desk, 0, sizeof desk);
    desk.now = (struct ocpp_now){.mono_ns = 1000 * NS, .utc_us = UTC_US};
    desk.transactions = 100;
    ocpp_point_init(&desk.point, &(struct hw_sink){NULL, on_input, on_reject}, &(struct ocpp_out){NULL, on_send},
                    &desk.transactions);
    ocpp_point_add(&desk.point, &(struct ocpp_connector_config){.outlet = 5, .number = 1, .limit_va = 200});
    ocpp_point_connected(&desk.point);
    desk.point.was_seen = true; /* settings have a test of their own */
}

void desk_submit(enum hw_command_kind kind, uint64_t number)
{
    desk.input_count = desk.sent_count = 0;
    const struct hw_command command = {.kind = kind,
                                       .outlet = 5,
                                       .number = number,
                                       .limit_ma = kind == HW_COMMAND_ON ? 15250 : 0,
                                       .lease_us = kind == HW_COMMAND_ON ? 30 * SEC : 0};
    assert_true(ocpp_point_submit(&desk.point, 0, &command, desk.now.mono_ns));
    desk_turn();
}

void desk_expect_input(size_t index, enum hw_input_kind kind, int64_t value, uint64_t command)
{
    assert_true(index < desk.input_count);
    assert_int_equal(desk.inputs[index].kind, kind);
    assert_int_equal(desk.inputs[index].outlet, 5);
    assert_int_equal(desk.inputs[index].value, value);
    assert_int_equal(desk.inputs[index].command, command);
}

void desk_expect_sent(const char *text)
{
    assert_int_equal(desk.sent_count, 1);
    assert_string_equal(desk.sent[0], text);
}
