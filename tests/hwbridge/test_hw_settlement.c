/* test_hw_settlement.c: lines of a hook script, honest and hostile, and the socket that they come through.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/settlement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH      "settlement_under_test.sock"
#define SECOND_NS INT64_C(1000000000)
#define NODE      "02abababababababababababababababababababababababababababababababab"
/* SHA-256 of 32 bytes 00 01 .. 1f. */
#define HASH     "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
#define PREIMAGE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define GOOD     "103x1x0 " NODE " " HASH " " PREIMAGE

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static enum settlement_result parse(struct journal_settlement *settlement, const char *line)
{
    return settlement_parse(settlement, line, strlen(line));
}

static void a_proven_payment_is_taken(void **state)
{
    (void)state;
    struct journal_settlement settlement;
    assert_int_equal(parse(&settlement, GOOD), SETTLEMENT_OK);
    assert_true(settlement.short_channel_id == (UINT64_C(103) << 40 | UINT64_C(1) << 16));
    assert_int_equal(settlement.preimage[31], 31);
    assert_int_equal(settlement.node_id[0], 2);
    assert_int_equal(parse(&settlement, "113249697726464 " NODE " " HASH " " PREIMAGE), SETTLEMENT_OK);
    assert_true(settlement.short_channel_id == UINT64_C(113249697726464));
    assert_int_equal(parse(&settlement, "16777215x16777215x65535 " NODE " " HASH " " PREIMAGE), SETTLEMENT_OK);
    assert_true(settlement.short_channel_id == UINT64_MAX);
}

static void what_is_no_such_line_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {"",
                                        " ",
                                        "    ",
                                        "103x1x0",
                                        "103x1x0 " NODE " " HASH,
                                        GOOD " 1",
                                        " " GOOD,
                                        "103x1 " NODE " " HASH " " PREIMAGE,
                                        "103x1x0x0 " NODE " " HASH " " PREIMAGE,
                                        "x1x0 " NODE " " HASH " " PREIMAGE,
                                        "16777216x1x0 " NODE " " HASH " " PREIMAGE,
                                        "1x1x65536 " NODE " " HASH " " PREIMAGE,
                                        "18446744073709551616 " NODE " " HASH " " PREIMAGE,
                                        "-1 " NODE " " HASH " " PREIMAGE,
                                        "1x1x1 " NODE "ab " HASH " " PREIMAGE,
                                        "1x1x1 " NODE "  " HASH " " PREIMAGE,
                                        "1x1x1 0g" HASH " " HASH " " PREIMAGE,
                                        "1x1x1 " NODE " " HASH " " PREIMAGE "\t"};
    struct journal_settlement settlement;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_int_equal(parse(&settlement, lines[i]), SETTLEMENT_SYNTAX);
}

static void a_preimage_of_another_hash_proves_nothing(void **state)
{
    (void)state;
    struct journal_settlement settlement;
    assert_int_equal(parse(&settlement, "1x1x1 " NODE " " HASH " " HASH), SETTLEMENT_PREIMAGE);
    char line[SETTLEMENT_LINE_MAX + 1];
    memset(line, 'a', sizeof line);
    assert_int_equal(settlement_parse(&settlement, line, SETTLEMENT_LINE_MAX), SETTLEMENT_OVERSIZED);
}

/* ---- the socket -------------------------------------------------------------------------------------------------- */

struct bench {
    struct hw_driver driver;
    unsigned told;
    int64_t now_ns;
};

static enum settlement_result on_settlement(void *self, const struct journal_settlement *settlement)
{
    struct bench *bench = self;
    assert_int_equal(settlement->payment_hash[0], 0x63);
    return bench->told++ == 0 ? SETTLEMENT_OK : SETTLEMENT_REPEATED;
}

static void open_bench(struct bench *bench)
{
    char why[200];
    *bench = (struct bench){.now_ns = SECOND_NS};
    bool is_open =
        settlement_open(&bench->driver, &(struct settlement_options){PATH, bench, on_settlement}, why, sizeof why);
    if (!is_open)
        fail_msg("%s", why);
}

static void close_bench(struct bench *bench)
{
    bench->driver.ops->close(bench->driver.self);
    assert_int_equal(access(PATH, F_OK), -1);
}

static int dial(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PATH};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void serve(struct bench *bench)
{
    (void)bench->driver.ops->service(bench->driver.self, bench->now_ns);
}

/* Says that, and what comes back; "" when it was hung up on or nothing came. */
static const char *converse(struct bench *bench, int fd, const char *words, size_t length)
{
    static char answer[8192];
    (void)!send(fd, words, length, MSG_NOSIGNAL);
    for (int i = 0; i < 8; i++)
        serve(bench);
    ssize_t count = recv(fd, answer, sizeof answer - 1, 0);
    answer[count > 0 ? count : 0] = 0;
    return answer;
}

static void a_line_is_answered_and_counts_once(void **state)
{
    (void)state;
    struct bench bench;
    struct stat there;
    open_bench(&bench);
    assert_int_equal(stat(PATH, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0600);
    int fd = dial();
    assert_string_equal(converse(&bench, fd, GOOD "\n", strlen(GOOD) + 1), "ok\n");
    assert_string_equal(converse(&bench, fd, GOOD "\r\n", strlen(GOOD) + 2), "no: repeated\n");
    assert_string_equal(converse(&bench, fd, "hello\n", 6), "no: syntax\n");
    assert_string_equal(converse(&bench, fd, GOOD, 40), "");
    assert_string_equal(converse(&bench, fd, &GOOD[40], strlen(GOOD) - 40), "");
    assert_string_equal(converse(&bench, fd, "\n", 1), "no: repeated\n");
    const uint64_t *counts = settlement_counts(&bench.driver);
    assert_int_equal(counts[SETTLEMENT_OK], 1);
    assert_int_equal(counts[SETTLEMENT_REPEATED], 2);
    assert_int_equal(counts[SETTLEMENT_SYNTAX], 1);
    (void)close(fd);
    close_bench(&bench);
}

static void a_long_line_is_dropped_whole(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench);
    int fd = dial();
    char line[3000];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    assert_string_equal(converse(&bench, fd, line, sizeof line), "no: oversized\n");
    assert_string_equal(converse(&bench, fd, GOOD "\n", strlen(GOOD) + 1), "ok\n");
    assert_string_equal(converse(&bench, fd, "\0\n", 2), "no: syntax\n");
    (void)close(fd);
    close_bench(&bench);
}

static void floods_sleepers_and_crowds_are_hung_up_on(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench);
    int flood = dial();
    char lines[2 * (SETTLEMENT_LINES_MAX + 20)];
    for (size_t i = 0; i < sizeof lines; i++)
        lines[i] = i % 2 == 0 ? 'x' : '\n';
    (void)converse(&bench, flood, lines, sizeof lines);
    assert_int_equal(settlement_counts(&bench.driver)[SETTLEMENT_SYNTAX], SETTLEMENT_LINES_MAX);
    assert_int_equal(settlement_counts(&bench.driver)[SETTLEMENT_FLOOD], 1);
    int fds[SETTLEMENT_CLIENTS + 2], descriptors[64];
    for (size_t i = 0; i < SETTLEMENT_CLIENTS + 2; i++)
        fds[i] = i < 8 ? dial() : -1;
    serve(&bench);
    int more = dial();
    assert_string_equal(converse(&bench, more, GOOD "\n", strlen(GOOD) + 1), "");
    assert_int_equal(bench.driver.ops->descriptors(bench.driver.self, descriptors, 64), 1 + SETTLEMENT_CLIENTS);
    bench.now_ns += (SETTLEMENT_PATIENCE_S + 1) * SECOND_NS;
    serve(&bench);
    assert_int_equal(bench.driver.ops->descriptors(bench.driver.self, descriptors, 64), 1);
    int again = dial();
    assert_string_equal(converse(&bench, again, GOOD "\n", strlen(GOOD) + 1), "ok\n");
    for (size_t i = 0; i < SETTLEMENT_CLIENTS + 2; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    (void)close(flood), (void)close(more), (void)close(again);
    close_bench(&bench);
}

static void what_a_killed_run_left_is_taken_away_and_nothing_else(void **state)
{
    (void)state;
    struct bench bench;
    struct hw_driver other;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PATH};
    char why[200];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    (void)close(fd);
    open_bench(&bench);
    const struct settlement_options options = {PATH, &bench, on_settlement};
    assert_false(settlement_open(&other, &options, why, sizeof why)); /* somebody listens there */
    close_bench(&bench);
    FILE *file = fopen(PATH, "we");
    fclose(file);
    assert_false(settlement_open(&other, &options, why, sizeof why));
    assert_non_null(strstr(why, PATH));
    assert_int_equal(unlink(PATH), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proven_payment_is_taken),
        cmocka_unit_test(what_is_no_such_line_is_refused),
        cmocka_unit_test(a_preimage_of_another_hash_proves_nothing),
        cmocka_unit_test(a_line_is_answered_and_counts_once),
        cmocka_unit_test(a_long_line_is_dropped_whole),
        cmocka_unit_test(floods_sleepers_and_crowds_are_hung_up_on),
        cmocka_unit_test(what_a_killed_run_left_is_taken_away_and_nothing_else),
    };
    (void)unlink(PATH);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
