/* test_hw_ocpp_stranger.c: the bridge before a charge point that others wrote, in its strict mode.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Started and stopped a hundred times by the lease core; the stranger ends at the first message that is not of the
 * form that the standard's schemas demand, and tells how many transactions it had.
 */
#include "tests/hwbridge/ocpp_rig.h"

#include "tests/support/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CYCLES   100
#define SEC      INT64_C(1000000)
#define PAUSE_US 50000

static pid_t start_stranger(uint16_t port, int *words)
{
    int ends[2];
    char url[64];
    assert_int_equal(pipe(ends), 0);
    snprintf(url, sizeof url, "ws://127.0.0.1:%u/ocpp", port);
    pid_t pid = child_fork();
    if (pid == 0) {
        if (dup2(ends[1], STDOUT_FILENO) < 0 || close_range(3, ~0u, 0) != 0)
            _exit(1);
        execlp("node", "node", KONSENTO_SOURCE "/tests/strangers/charger.js", url, "CP1", OCPP_RIG_PASSWORD,
               (char *)NULL);
        _exit(1);
    }
    (void)close(ends[1]);
    *words = ends[0];
    return pid;
}

/* On when it is off, off when it is on, not so fast that it would be a flood. Returns how often it was on. */
static int turn(struct ocpp_rig *rig)
{
    int count = 0;
    bool is_on = false;
    for (int64_t at_us = 0; at_us < 60 * SEC && (count < CYCLES || is_on); at_us += PAUSE_US) {
        enum hw_outlet_state state = ocpp_rig_outlet(rig)->state;
        if (state == (is_on ? HW_OUTLET_ON : HW_OUTLET_OFF)) {
            count += is_on;
            is_on = !is_on;
            ocpp_rig_wish(rig, sim_now_us(rig->sim) + 1, is_on);
        }
        if (ocpp_rig_run(rig, at_us + PAUSE_US) != SIM_END_HORIZON)
            break;
    }
    return count;
}

static void a_hundred_transactions_without_a_schema_failure(void **state)
{
    (void)state;
    struct ocpp_rig rig = {0};
    int words, code;
    char text[512], expected[64];
    ocpp_rig_open(&rig, 0);
    pid_t stranger = start_stranger(rig.port, &words);
    assert_int_equal(turn(&rig), CYCLES);
    assert_int_equal(rig.closed, CYCLES);
    assert_int_equal(rig.faults, 0);
    assert_int_equal(ocpp_rig_outlet(&rig)->meter.gap_uj, 0);
    for (int i = 0; i < HW_REJECTS; i++)
        assert_int_equal(live_tally(rig.live)->rejects[i], 0);
    assert_int_equal(kill(stranger, SIGTERM), 0);
    pid_t ended = 0;
    for (int i = 0; i < 100 && ended == 0; i++) {
        (void)ocpp_rig_run(&rig, sim_now_us(rig.sim) + PAUSE_US);
        ended = waitpid(stranger, &code, WNOHANG);
    }
    assert_int_equal(ended, stranger);
    ssize_t length = read(words, text, sizeof text - 1);
    assert_true(length > 0);
    text[length] = 0;
    print_message("%s", text);
    assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    snprintf(expected, sizeof expected, "{\"transactions\":%d,", CYCLES);
    assert_memory_equal(text, expected, strlen(expected));
    (void)close(words);
    ocpp_rig_close(&rig);
}

int main(void)
{
    struct stat folder;
    const char *path = getenv("NODE_PATH");
    if (path == NULL || stat(path, &folder) != 0) {
        printf("skipped: npm's packages are not installed\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_hundred_transactions_without_a_schema_failure)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
