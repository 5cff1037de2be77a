/* test_hw_ocpp_door.c: who may come in, and what who is in cannot do.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/ocpp_caller.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct porch porch;

static void open_porch(void)
{
    char why[160];
    assert_true(porch_open(&porch, &(struct ocpp_options){.security = OCPP_SECURITY_BASIC}, why, sizeof why));
}

static void expect_refused(int fd, enum hw_reject reject, uint64_t count)
{
    assert_int_equal(fd, -1);
    porch_serve(&porch, 5);
    assert_int_equal(porch.rejects[reject], count);
    assert_int_equal(porch_rejects(&porch), count);
    for (int i = 0; i < HW_INPUT_KINDS; i++)
        assert_int_equal(porch.inputs[i], 0);
}

static void strangers_are_refused_and_counted(void **state)
{
    (void)state;
    open_porch();
    expect_refused(caller_open_as(&porch, "/CP1", "CP1", "wrong"), HW_REJECT_STRANGER, 1);
    expect_refused(caller_open_as(&porch, "/CP1", "CP1", "0123456789abcdefg"), HW_REJECT_STRANGER, 2);
    expect_refused(caller_open_as(&porch, "/CP1", "CP1", ""), HW_REJECT_STRANGER, 3);
    expect_refused(caller_open_as(&porch, "/CP1", "CP1", NULL), HW_REJECT_STRANGER, 4);
    expect_refused(caller_open_as(&porch, "/CP9", "CP9", CALLER_PASSWORD), HW_REJECT_STRANGER, 5);
    expect_refused(caller_open_as(&porch, "/CP2", "CP1", CALLER_PASSWORD), HW_REJECT_STRANGER, 6);
    expect_refused(caller_open_as(&porch, "/CP1", "CP2", "another"), HW_REJECT_STRANGER, 7);
    expect_refused(caller_open_as(&porch, "/", "CP1", CALLER_PASSWORD), HW_REJECT_STRANGER, 8);
    expect_refused(caller_open_as(&porch, "/CP1/", "CP1", CALLER_PASSWORD), HW_REJECT_STRANGER, 9);
    porch_close(&porch);
}

static void the_subprotocol_is_demanded(void **state)
{
    (void)state;
    static const char *const protocols[] = {NULL, "ocpp2.0.1", "ocpp1.60", "http-only", "ocpp"};
    open_porch();
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        const struct ws_greeting greeting = {
            .path = "/CP1", .user = "CP1", .password = CALLER_PASSWORD, .protocol = protocols[i]};
        expect_refused(caller_open(&porch, &greeting), HW_REJECT_SYNTAX, i + 1);
    }
    porch_close(&porch);
}

static void who_is_known_comes_in(void **state)
{
    (void)state;
    static const char boot[] =
        "[2,\"1\",\"BootNotification\",{\"chargePointModel\":\"m\",\"chargePointVendor\":\"v\"}]";
    open_porch();
    int one = caller_open_as(&porch, "/ocpp/1.6/CP1", "CP1", CALLER_PASSWORD);
    int other = caller_open_as(&porch, "/CP2", "CP2", "another");
    assert_true(one >= 0 && other >= 0);
    assert_int_equal(porch.inputs[HW_LINK_UP], 2);
    assert_true(caller_say(&porch, one, WS_TEXT, boot, strlen(boot)));
    porch_serve(&porch, 20);
    assert_int_equal(porch.inputs[HW_BOOT], 1);
    assert_int_equal(porch_rejects(&porch), 0);
    assert_false(caller_is_out(one));
    (void)close(other);
    porch_serve(&porch, 20);
    assert_int_equal(porch.inputs[HW_LINK_DOWN], 1);
    (void)close(one);
    porch_close(&porch);
}

/* The newer connection of one charge point is the one that counts: the older hangs in the air, most likely. */
static void a_second_call_takes_the_firsts_place(void **state)
{
    (void)state;
    open_porch();
    int before = caller_open_as(&porch, "/CP1", "CP1", CALLER_PASSWORD);
    int behind = caller_open_as(&porch, "/CP1", "CP1", CALLER_PASSWORD);
    assert_true(before >= 0 && behind >= 0);
    porch_serve(&porch, 50);
    assert_true(caller_is_out(before));
    assert_false(caller_is_out(behind));
    assert_int_equal(porch.inputs[HW_LINK_UP], 2);
    assert_int_equal(porch.inputs[HW_LINK_DOWN], 1);
    assert_int_equal(porch_rejects(&porch), 0);
    (void)close(before);
    (void)close(behind);
    porch_close(&porch);
}

static void what_is_no_websocket_is_hung_up(void **state)
{
    (void)state;
    static const char *const words[] = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00",
                                        "GET /CP1 HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
                                        "[2,\"1\",\"Heartbeat\",{}]\r\n\r\n"};
    open_porch();
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        int fd = caller_connect(&porch);
        (void)caller_send(&porch, fd, words[i], strlen(words[i]));
        porch_serve(&porch, 20);
        (void)close(fd);
        porch_serve(&porch, 20);
        assert_int_equal(porch_rejects(&porch), i + 1);
    }
    assert_int_equal(porch.inputs[HW_LINK_UP], 0);
    porch_close(&porch);
}

/* Those that say nothing are only so many. */
static void a_crowd_is_kept_out(void **state)
{
    (void)state;
    int fds[64];
    open_porch();
    for (int i = 0; i < 64; i++) {
        fds[i] = caller_connect(&porch);
        porch_serve(&porch, 1);
    }
    assert_true(porch.rejects[HW_REJECT_FLOOD] >= 40);
    for (int i = 0; i < 64; i++)
        (void)close(fds[i]);
    porch_serve(&porch, 50);
    int fd = caller_open_as(&porch, "/CP1", "CP1", CALLER_PASSWORD);
    assert_true(fd >= 0);
    (void)close(fd);
    porch_close(&porch);
}

struct blow {
    enum ws_opcode opcode;
    const char *text;
    size_t length;
    enum hw_reject reject;
};

static void fill(struct blow *blows, char *big, char *deep, size_t size)
{
    memset(big, ' ', size);
    memset(deep, '[', size);
    blows[0] = (struct blow){WS_TEXT, big, size, HW_REJECT_OVERSIZED};
    blows[1] = (struct blow){WS_TEXT, deep, GUARD_BYTES_MAX, HW_REJECT_SYNTAX};
    blows[2] = (struct blow){WS_TEXT, "[2,\"\xff\",\"Heartbeat\",{}]", 0, HW_REJECT_TEXT};
    blows[3] = (struct blow){WS_TEXT, "[2,\"1\",\"Heartbeat\",{\"a\":NaN}]", 0, HW_REJECT_SYNTAX};
    blows[4] = (struct blow){WS_TEXT, "[1e999,\"1\",\"Heartbeat\",{}]", 0, HW_REJECT_RANGE};
    blows[5] = (struct blow){WS_BINARY, "[2,\"1\",\"Heartbeat\",{}]", 0, HW_REJECT_SYNTAX};
    for (int i = 2; i < 6; i++)
        blows[i].length = strlen(blows[i].text);
}

/* Blow upon blow: counted by reason, nothing follows from them, no memory grows. */
static void blows_leave_no_trace(void **state)
{
    (void)state;
    static char big[40000], deep[40000];
    struct blow blows[6];
    uint64_t expected[HW_REJECTS] = {0};
    size_t before = 0;
    fill(blows, big, deep, sizeof big);
    open_porch();
    int fd = caller_open_as(&porch, "/CP1", "CP1", CALLER_PASSWORD);
    assert_true(fd >= 0);
    for (int i = 0; i < 600; i++) {
        const struct blow *blow = &blows[i % 6];
        assert_true(caller_say(&porch, fd, blow->opcode, blow->text, blow->length));
        expected[blow->reject]++;
        if (i != 59)
            continue;
        porch_serve(&porch, 50);
        assert_memory_equal(porch.rejects, expected, sizeof expected);
        before = mallinfo2().uordblks;
    }
    porch_serve(&porch, 100);
    assert_true(mallinfo2().uordblks <= before + 4096);
    assert_int_equal(porch_rejects(&porch), 600);
    assert_int_equal(porch.rejects[HW_REJECT_OVERSIZED], 100);
    assert_true(porch.rejects[HW_REJECT_FLOOD] > 0); /* what is over the limit is not even read */
    for (int i = 0; i < HW_INPUT_KINDS; i++)
        assert_int_equal(porch.inputs[i], i == HW_LINK_UP);
    (void)close(fd);
    porch_close(&porch);
}

/* In pieces, each of them small: the sum counts. */
static void a_text_in_pieces_is_one_text(void **state)
{
    (void)state;
    uint8_t bytes[WS_HEAD_MAX + 64];
    static char piece[32];
    open_porch();
    int fd = caller_open_as(&porch, "/CP1", "CP1", CALLER_PASSWORD);
    memset(piece, ' ', sizeof piece);
    for (int i = 0; i < 1000; i++) {
        size_t length = ws_write(bytes, i == 0 ? WS_TEXT : WS_CONTINUATION, piece, sizeof piece, 7);
        bytes[0] &= (uint8_t)(i < 999 ? 0x7f : 0xff);
        assert_true(caller_send(&porch, fd, bytes, length));
    }
    porch_serve(&porch, 20);
    assert_int_equal(porch.rejects[HW_REJECT_OVERSIZED], 1);
    assert_int_equal(porch_rejects(&porch), 1);
    static const char *const parts[] = {"[2,\"1\",", "\"Heart", "beat\",{}]"};
    for (int i = 0; i < 3; i++) {
        size_t length = ws_write(bytes, i == 0 ? WS_TEXT : WS_CONTINUATION, parts[i], strlen(parts[i]), 7);
        bytes[0] &= (uint8_t)(i < 2 ? 0x7f : 0xff);
        assert_true(caller_send(&porch, fd, bytes, length));
    }
    porch_serve(&porch, 20);
    assert_int_equal(porch_rejects(&porch), 1);
    (void)close(fd);
    porch_close(&porch);
}

/* One that asks and never reads what it is answered is shown out when its share of room is full. */
static void one_that_never_reads_is_shown_out(void **state)
{
    (void)state;
    static const char ask[] = "[2,\"0123456789012345678901234567890123\",\"Heartbeat\",{}]";
    bool is_out = false;
    open_porch();
    int fd = caller_open_as(&porch, "/CP1", "CP1", CALLER_PASSWORD);
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 20000 && !is_out; i++)
        is_out = !caller_say(&porch, fd, WS_TEXT, ask, strlen(ask));
    assert_true(mallinfo2().uordblks <= before + 65536);
    assert_true(is_out || porch.rejects[HW_REJECT_FLOOD] > 10000);
    (void)close(fd);
    porch_close(&porch);
}

static void other_machines_need_leave_and_passwords(void **state)
{
    (void)state;
    char why[200];
    assert_false(porch_open(&porch, &(struct ocpp_options){.address = "0.0.0.0", .security = OCPP_SECURITY_BASIC}, why,
                            sizeof why));
    assert_non_null(strstr(why, "not an address of loopback"));
    assert_false(porch_open(
        &porch, &(struct ocpp_options){.address = "0.0.0.0", .allows_network = true, .security = OCPP_SECURITY_NONE},
        why, sizeof why));
    assert_non_null(strstr(why, "need passwords or certificates"));
    assert_false(porch_open(
        &porch,
        &(struct ocpp_options){.address = "example.org", .allows_network = true, .security = OCPP_SECURITY_BASIC}, why,
        sizeof why));
    assert_false(porch_open(&porch, &(struct ocpp_options){.security = OCPP_SECURITY_TLS, .cert_file = "/nowhere"}, why,
                            sizeof why));
    assert_string_equal(why, "the certificate /nowhere cannot be read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_are_refused_and_counted),
        cmocka_unit_test(the_subprotocol_is_demanded),
        cmocka_unit_test(who_is_known_comes_in),
        cmocka_unit_test(a_second_call_takes_the_firsts_place),
        cmocka_unit_test(what_is_no_websocket_is_hung_up),
        cmocka_unit_test(a_crowd_is_kept_out),
        cmocka_unit_test(blows_leave_no_trace),
        cmocka_unit_test(a_text_in_pieces_is_one_text),
        cmocka_unit_test(one_that_never_reads_is_shown_out),
        cmocka_unit_test(other_machines_need_leave_and_passwords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
