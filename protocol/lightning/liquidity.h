/* liquidity.h: what a payer has learned about where money lies in other people's channels.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     0 ───────── lower ══════════ upper ──────────── capacity        what nodes[0] of the channel has
 *
 *     it forwarded x                lower rises to x
 *     it could not forward x        upper falls below x
 *     a payment of x went through   x moved to the other end: both bounds shift by x
 *     time                          lower sinks to 0, upper rises to capacity, half of the way in half_life_s
 *     it forwards nothing           that direction is barred for half_life_s
 *
 * What one end has the other has not: one record serves both directions. Amounts of our own that are on their way count
 * on top of an amount to be sent. Records lie in order of short channel id, in memory from the caller's allocator; when
 * there are as many as allowed, the one that was touched longest ago gives way, but never one with an amount on its
 * way. A failure tells what was when it happened: what others moved before it was learned of is not taken into account.
 * Times are Unix seconds and inputs; time that runs backwards does not age. Source: as lnd's mission control and LDK's
 * scorer do, in principle; BOLT 4 for what a failure says.
 */
#ifndef KONSENTO_LIGHTNING_LIQUIDITY_H
#define KONSENTO_LIGHTNING_LIQUIDITY_H

#include "protocol/bitcoin/allocator.h"
#include "protocol/lightning/probability.h"

struct ln_liquidity_record {
    uint64_t short_channel_id;
    uint64_t capacity_msat;
    uint64_t lower_msat; /* of what nodes[0] has, as it was at learned_s */
    uint64_t upper_msat;
    uint64_t pending_msat[2];   /* our own, on the way, by direction */
    uint64_t barred_until_s[2]; /* by direction: forwards nothing, for whatever reason */
    uint64_t learned_s;
    uint32_t channel; /* its number in a graph when last looked up */
    uint32_t slot;    /* its own for its life, below records_max, then another's: for who writes records down */
    bool is_guessed;  /* nobody tells the capacity: it is taken for twice the largest amount that was sent */
};

struct ln_liquidity {
    const struct btc_allocator *allocator;
    struct ln_liquidity_record *records;
    uint32_t count;
    uint32_t capacity;
    uint32_t records_max;
    uint32_t half_life_s; /* 0: nothing is forgotten */
    uint32_t slots;       /* ever given are below */
};

/* Why an attempt came back from a hop. */
enum ln_blame {
    LN_BLAME_LIQUIDITY, /* temporary_channel_failure: it has not that much */
    LN_BLAME_CHANNEL,   /* it forwards nothing: unknown_next_peer, channel_disabled, permanent failures */
};

/* One hop of an attempt, as far as learning needs it. */
struct ln_liquidity_hop {
    uint64_t short_channel_id;
    uint64_t capacity_msat; /* 0: unknown */
    uint64_t amount_msat;
    uint32_t channel; /* its number in the graph, if it is there: saves looking it up */
    uint8_t direction;
};

#define LN_LIQUIDITY_NO_HOP UINT32_MAX

struct ln_liquidity_failure {
    uint32_t hop; /* that could not be passed, those before it could; the number of hops: the payee refused it;
                     LN_LIQUIDITY_NO_HOP: nobody knows */
    enum ln_blame blame;
};

void ln_liquidity_init(struct ln_liquidity *liquidity, const struct btc_allocator *allocator, uint32_t records_max,
                       uint32_t half_life_s);
void ln_liquidity_close(struct ln_liquidity *liquidity);

/* An attempt leaves: its amounts are on their way. Returns false if there is no room; nothing has changed. */
__attribute__((warn_unused_result)) bool ln_liquidity_sent(struct ln_liquidity *liquidity,
                                                           const struct ln_liquidity_hop *hops, uint32_t hop_count,
                                                           uint64_t now_s);
/* The payee took it. In: the hops that were sent. */
void ln_liquidity_settled(struct ln_liquidity *liquidity, const struct ln_liquidity_hop *hops, uint32_t hop_count,
                          uint64_t now_s);
/* It came back. */
void ln_liquidity_failed(struct ln_liquidity *liquidity, const struct ln_liquidity_hop *hops, uint32_t hop_count,
                         const struct ln_liquidity_failure *failure, uint64_t now_s);

/* Whether a record that was written down makes sense beside the others: its slot is free, nothing is on its way. */
bool ln_liquidity_fits(const struct ln_liquidity *liquidity, const struct ln_liquidity_record *record);
/* Takes it. In: one that fits. Returns false if there is no memory. */
__attribute__((warn_unused_result)) bool ln_liquidity_put(struct ln_liquidity *liquidity,
                                                          const struct ln_liquidity_record *record);
/* Returns NULL if nothing was learned of the channel. Good until the next change. */
const struct ln_liquidity_record *ln_liquidity_find(const struct ln_liquidity *liquidity, uint64_t short_channel_id);
/* What is known of one direction now, our own amounts not taken off. */
struct ln_bounds ln_liquidity_record_bounds(const struct ln_liquidity *liquidity,
                                            const struct ln_liquidity_record *record, unsigned direction,
                                            uint64_t now_s);
/* Whether an upper bound says anything: where the capacity is a guess, one that has come halfway back to it does not.
 */
static inline bool ln_liquidity_is_open(const struct ln_liquidity_record *record, const struct ln_bounds *bounds)
{
    return record->is_guessed && bounds->upper_msat >= bounds->capacity_msat - bounds->capacity_msat / 4;
}
/* Whether that direction is not to be tried now. */
bool ln_liquidity_is_barred(const struct ln_liquidity_record *record, unsigned direction, uint64_t now_s);

#endif
