/* both_judges.c: a transaction verified with and without a memory of verdicts.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/both_judges.h"

#include "protocol/bitcoin/verdicts.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

/* Few places, so that entries are overwritten all the time. */
static struct btc_known_key keys[16];
static struct btc_known_signature signatures[32];
static struct btc_verdicts verdicts;
static struct btc_script_space space;
static unsigned long verified;

enum btc_script_error both_judges_verify(const struct btc_tx_spend *spend, uint32_t flags)
{
    if (verified++ == 0)
        btc_verdicts_init(&verdicts, keys, sizeof keys / sizeof *keys, signatures,
                          sizeof signatures / sizeof *signatures);
    struct btc_tx_spend other = *spend;
    uint32_t failed = UINT32_MAX, also_failed;
    enum btc_script_error error = btc_tx_verify(&space, &failed, spend, flags);
    other.judge = btc_verdicts_judge;
    other.judge_context = &verdicts;
    for (int again = 0; again < 2; again++) {
        also_failed = UINT32_MAX;
        assert_int_equal(btc_tx_verify(&space, &also_failed, &other, flags), error);
        assert_int_equal(also_failed, failed);
    }
    return error;
}

struct both_judges_tally both_judges_tally(void)
{
    return (struct both_judges_tally){verified, (unsigned long)verdicts.judged, (unsigned long)verdicts.remembered};
}
