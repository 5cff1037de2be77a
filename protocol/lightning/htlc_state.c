/* htlc_state.c: the life of an HTLC as one table.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/htlc_state.h"

#include <assert.h>

#define L  LN_IN_LOCAL
#define R  LN_IN_REMOTE
#define LO LN_IN_OLD_LOCAL
#define RO LN_IN_OLD_REMOTE

static const struct ln_htlc_row rows[LN_HTLC_STATES] = {
    /* ours: we add, they remove */
    {"we added", LN_US, LN_ADD, LN_SEND_COMMIT, 0},
    {"we signed our add", LN_US, LN_ADD_SIGNED, LN_RECEIVE_REVOKE, R},
    {"they acknowledged our add", LN_US, LN_ADD_ACKED, LN_RECEIVE_COMMIT, R | RO},
    {"they signed our add", LN_US, LN_ADD_COUNTERED, LN_SEND_REVOKE, L | R | RO},
    {"ours is live", LN_US, LN_LIVE, LN_STEP_NONE, L | LO | R | RO},
    {"they removed", LN_US, LN_REMOVE, LN_RECEIVE_COMMIT, L | LO | R | RO},
    {"they signed their removal", LN_US, LN_REMOVE_SIGNED, LN_SEND_REVOKE, LO | R | RO},
    {"we acknowledged their removal", LN_US, LN_REMOVE_ACKED, LN_SEND_COMMIT, R | RO},
    {"we signed their removal", LN_US, LN_REMOVE_COUNTERED, LN_RECEIVE_REVOKE, RO},
    {"ours is gone", LN_US, LN_GONE, LN_STEP_NONE, 0},
    /* theirs: they add, we remove */
    {"they added", LN_THEM, LN_ADD, LN_RECEIVE_COMMIT, 0},
    {"they signed their add", LN_THEM, LN_ADD_SIGNED, LN_SEND_REVOKE, L},
    {"we acknowledged their add", LN_THEM, LN_ADD_ACKED, LN_SEND_COMMIT, L | LO},
    {"we signed their add", LN_THEM, LN_ADD_COUNTERED, LN_RECEIVE_REVOKE, L | LO | R},
    {"theirs is live", LN_THEM, LN_LIVE, LN_STEP_NONE, L | LO | R | RO},
    {"we removed", LN_THEM, LN_REMOVE, LN_SEND_COMMIT, L | LO | R | RO},
    {"we signed our removal", LN_THEM, LN_REMOVE_SIGNED, LN_RECEIVE_REVOKE, L | LO | RO},
    {"they acknowledged our removal", LN_THEM, LN_REMOVE_ACKED, LN_RECEIVE_COMMIT, L | LO},
    {"they signed our removal", LN_THEM, LN_REMOVE_COUNTERED, LN_SEND_REVOKE, LO},
    {"theirs is gone", LN_THEM, LN_GONE, LN_STEP_NONE, 0},
};

const struct ln_htlc_row *ln_htlc_row(uint8_t state)
{
    assert(state < LN_HTLC_STATES);
    return &rows[state];
}

uint8_t ln_htlc_state_after(uint8_t state, enum ln_step step)
{
    return (uint8_t)(state + (step != LN_STEP_NONE && ln_htlc_row(state)->step == step));
}

void ln_fee_step(struct ln_fee_states *fees, enum ln_step step)
{
    for (unsigned phase = LN_LIVE; phase-- > LN_ADD;) {
        uint8_t state = ln_htlc_state((enum ln_side)fees->opener, (enum ln_phase)phase);
        if (fees->rate_sat_per_kwu[phase] != 0 && rows[state].step == step) {
            fees->rate_sat_per_kwu[phase + 1] = fees->rate_sat_per_kwu[phase];
            fees->rate_sat_per_kwu[phase] = 0;
        }
    }
}

uint32_t ln_fee_rate(const struct ln_fee_states *fees, enum ln_place place, enum ln_step step)
{
    for (unsigned phase = LN_ADD; phase < LN_LIVE; phase++) {
        uint8_t state = ln_htlc_state((enum ln_side)fees->opener, (enum ln_phase)phase);
        if (fees->rate_sat_per_kwu[phase] != 0 && (rows[ln_htlc_state_after(state, step)].places & place)) {
            return fees->rate_sat_per_kwu[phase];
        }
    }
    return fees->rate_sat_per_kwu[LN_LIVE];
}

bool ln_fee_waits_for(const struct ln_fee_states *fees, enum ln_step step)
{
    for (unsigned phase = LN_ADD; phase < LN_LIVE; phase++) {
        if (fees->rate_sat_per_kwu[phase] != 0 &&
            rows[ln_htlc_state((enum ln_side)fees->opener, (enum ln_phase)phase)].step == step) {
            return true;
        }
    }
    return false;
}
