/* htlc_state.h: the life of an HTLC as one table: who has it in which commitment, and what moves it on.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Every update goes the same way: who proposes it signs it into the other's commitment, the other revokes the one
 * before, signs it into the proposer's, the proposer revokes. An HTLC goes that way twice, once when its owner adds it
 * and once when the other side removes it; update_fee goes it once, as if the opener added it:
 *
 *     ADD          ADD_SIGNED     ADD_ACKED      ADD_COUNTERED  LIVE
 *     REMOVE       REMOVE_SIGNED  REMOVE_ACKED   REMOVE_COUNTERED  GONE
 *
 * Ten phases for each of two owners make twenty states. A state is left by one step alone, so the steps of a channel
 * are: take every state to the one behind it if that step leaves it. Seen from the two ends, a state of an HTLC that we
 * own is the mirror of one that they own. Source: BOLT 2, normal operation.
 */
#ifndef KONSENTO_LIGHTNING_HTLC_STATE_H
#define KONSENTO_LIGHTNING_HTLC_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum ln_side {
    LN_US,
    LN_THEM,
};

enum ln_phase {
    LN_ADD,
    LN_ADD_SIGNED,
    LN_ADD_ACKED,
    LN_ADD_COUNTERED,
    LN_LIVE, /* irrevocably in both commitments */
    LN_REMOVE,
    LN_REMOVE_SIGNED,
    LN_REMOVE_ACKED,
    LN_REMOVE_COUNTERED,
    LN_GONE, /* irrevocably out of both */
    LN_PHASE_COUNT
};

#define LN_HTLC_STATES (2 * LN_PHASE_COUNT)

/* What happens to a channel; each moves some states. */
enum ln_step {
    LN_STEP_NONE,
    LN_SEND_COMMIT,
    LN_RECEIVE_REVOKE,
    LN_RECEIVE_COMMIT,
    LN_SEND_REVOKE,
};

/* Where an HTLC is. The old commitment is the one before the newest, until it is revoked. */
enum ln_place {
    LN_IN_LOCAL = 1,      /* our commitment */
    LN_IN_REMOTE = 2,     /* theirs, the newest that we signed */
    LN_IN_OLD_LOCAL = 4,  /* meaningful between a commitment_signed and the revoke_and_ack that answers it */
    LN_IN_OLD_REMOTE = 8, /* likewise */
};

struct ln_htlc_row {
    const char *name;
    uint8_t owner;  /* enum ln_side */
    uint8_t phase;  /* enum ln_phase */
    uint8_t step;   /* enum ln_step that leaves it; none for LIVE, which update_* leave, and GONE */
    uint8_t places; /* enum ln_place */
};

static inline uint8_t ln_htlc_state(enum ln_side owner, enum ln_phase phase)
{
    return (uint8_t)(owner * LN_PHASE_COUNT + phase);
}

/* In: state < LN_HTLC_STATES (asserts). */
const struct ln_htlc_row *ln_htlc_row(uint8_t state);
/* The state behind a step: the same one unless the step leaves it. */
uint8_t ln_htlc_state_after(uint8_t state, enum ln_step step);

/* The feerates under way, by phase: a newer one takes the place of one in the same phase. 0: none. rate[LN_LIVE] is the
 * irrevocable one. */
struct ln_fee_states {
    uint8_t opener; /* enum ln_side: who may change it */
    uint32_t rate_sat_per_kwu[LN_LIVE + 1];
};

/* Moves feerates on. */
void ln_fee_step(struct ln_fee_states *fees, enum ln_step step);
/* The feerate that a commitment has behind a step. In: place, LN_IN_LOCAL or LN_IN_REMOTE. */
uint32_t ln_fee_rate(const struct ln_fee_states *fees, enum ln_place place, enum ln_step step);
/* Whether a step would move a feerate. */
bool ln_fee_waits_for(const struct ln_fee_states *fees, enum ln_step step);

#endif
