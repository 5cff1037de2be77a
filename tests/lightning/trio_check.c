/* trio_check.c: what must be true of three honest nodes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/trio_check.h"

#include <string.h>

static struct trio_end *trio_end_at(struct trio *trio, unsigned link, unsigned side)
{
    return &trio->ends[link][side];
}

void trio_audit(struct trio *trio)
{
    static const struct ln_look looks[2] = {{LN_US, LN_RECEIVE_COMMIT}, {LN_THEM, LN_SEND_COMMIT}};
    for (unsigned at = 0; at < 8; at++) {
        struct trio_end *end = trio_end_at(trio, at / 4, at / 2 % 2);
        uint64_t balance_msat[2];
        ln_look_balances(&end->channel, &end->shop, looks[at % 2], balance_msat);
        uint64_t sum_msat = balance_msat[0] + balance_msat[1];
        for (uint32_t i = end->channel.first_record; i != LN_RECORD_NONE; i = end->slots[i].next) {
            sum_msat += ln_look_has(looks[at % 2], end->slots[i].state) ? end->slots[i].amount_msat : 0;
        }
        CHECK(sum_msat == 1000 * end->channel.funding_sat);
    }
    CHECK(trio->scratch.used == 0);
}

void trio_wealth(const struct trio *trio, uint64_t sum_msat[3])
{
    memset(sum_msat, 0, 3 * sizeof *sum_msat);
    for (unsigned at = 0; at < 4; at++) {
        sum_msat[trio_node_of(at / 2, at % 2)] += trio->ends[at / 2][at % 2].channel.settled_msat[LN_US];
    }
}

/* Everything has ended, everybody agrees how, and has what is due. */
void trio_check_end(struct trio *trio)
{
    int64_t expected[3];
    uint64_t now_msat[3];
    trio_wealth(trio, now_msat);
    for (unsigned i = 0; i < 3; i++) {
        expected[i] = (int64_t)trio->start_msat[i];
    }
    for (uint32_t p = 0; p < trio->payment_count; p++) {
        const struct trio_payment *what = &trio->payments[p];
        CHECK(what->outcome == TRIO_PAID || what->outcome == TRIO_UNPAID);
        bool paid = what->outcome == TRIO_PAID;
        trio->paid += paid;
        trio->unpaid += !paid;
        if (paid) {
            bool direct = what->payer == 1 || what->payee == 1;
            CHECK(what->decided && what->accepts);
            expected[what->payer] -= (int64_t)what->amount_msat;
            expected[what->payee] += (int64_t)what->amount_msat - (direct ? 0 : TRIO_FEE_MSAT);
            expected[1] += direct ? 0 : TRIO_FEE_MSAT;
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        CHECK((int64_t)now_msat[i] == expected[i]);
    }
    for (unsigned at = 0; at < 4; at++) {
        struct trio_end *end = trio_end_at(trio, at / 2, at % 2);
        CHECK(end->pool.used == 0 && ln_channel_is_quiet(&end->channel, &end->shop));
    }
}
