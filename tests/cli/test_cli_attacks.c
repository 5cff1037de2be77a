/* test_cli_attacks.c: scenarios of attacks and outages fail where nobody attacks and nothing fails.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * That they pass with attacks is judged by tests/studies; here the attack is switched off by --set, and the thresholds
 * that need it must be the ones that fail.
 */
#include "tests/cli/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SCENARIO(name) KONSENTO_SOURCE "/scenarios/" name ".lua"
#define SET(x)         "--set", x
#define BRIEF          "--no-report", "-o", "out", "--force"

static int enter(void **state)
{
    static struct folder folder;
    folder_enter(&folder);
    *state = &folder;
    return 0;
}

static int leave(void **state)
{
    folder_leave(*state);
    return 0;
}

/* The line of a threshold begins with its verdict. */
static void expect_failed(const struct said *said, const char *threshold)
{
    char line[200];
    snprintf(line, sizeof line, "\n✗ %s", threshold);
    EXPECT_TEXT(said->out, line);
}

static void who_trusts_loses_nothing_without_double_spenders(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", SCENARIO("attack_zero_conf"), SET("days=1"), SET("cars=4"), SET("era=empty"),
                                SET("seeds=2"), SET("attackers=0"), BRIEF);
    EXPECT_CODE(&said, 3);
    expect_failed(&said, "loss.race > 0 JPY where rail=trusting");
    said_free(&said);
}

static void channels_cost_no_penalty_and_no_claim_without_attackers(void **state)
{
    (void)state;
    struct said said =
        KONSENTO("run", SCENARIO("attack_channel"), SET("days=5"), SET("cars=8"), SET("outlets=3"), SET("seeds=4"),
                 SET("era=empty"), SET("cheaters=0"), SET("jammers=0"), SET("griefers=0"), BRIEF);
    EXPECT_CODE(&said, 3);
    expect_failed(&said, "channel.penalty_income > 0 JPY where rail=revoked");
    expect_failed(&said, "fee.upkeep.claim > 0 JPY where rail=grieved");
    EXPECT_NO_TEXT(said.out, "✓ channel.closed.by_force > 0");
    EXPECT_NO_TEXT(said.out, "✓ payment.success_share < 99 % where rail=jammed");
    said_free(&said);
}

/* The watch is absent: outlets are their own, and their router is out for longer than to_self_delay. */
static void nothing_is_stolen_of_absent_outlets_without_cheaters(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", SCENARIO("attack_channel"), SET("days=9"), SET("cars=4"), SET("outlets=2"),
                                SET("seeds=2"), SET("era=empty"), SET("topology=direct"), SET("outage=4 days"),
                                SET("cheaters=0"), SET("jammers=0"), SET("griefers=0"), BRIEF);
    EXPECT_CODE(&said, 3);
    expect_failed(&said, "channel.stolen > 0 JPY where rail=revoked");
    expect_failed(&said, "merchant.loss > 0 JPY where rail=revoked");
    said_free(&said);
}

static void payments_succeed_where_nothing_fails(void **state)
{
    (void)state;
    struct said said =
        KONSENTO("run", SCENARIO("outage_router"), SET("days=4"), SET("cars=8"), SET("outlets=4"), SET("era=empty"),
                 SET("seeds=2"), SET("graph="), SET("router_every=never"), SET("garage_every=never"), BRIEF);
    EXPECT_CODE(&said, 3);
    expect_failed(&said, "payment.success_share < 95 % where rail=prepaid");
    expect_failed(&said, "payment.success_share < 95 % where rail=unconfirmed");
    expect_failed(&said, "payment.success_share < 99 % where rail=stream");
    said_free(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_trusts_loses_nothing_without_double_spenders),
        cmocka_unit_test(channels_cost_no_penalty_and_no_claim_without_attackers),
        cmocka_unit_test(nothing_is_stolen_of_absent_outlets_without_cheaters),
        cmocka_unit_test(payments_succeed_where_nothing_fails),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
