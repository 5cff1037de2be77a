/* riot.h: a town driven by bytes: everything at once that can happen to nodes and their chain.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first two bytes say who there is: three to five nodes in a row, some pairs with two channels; anchors or not;
 * disks at once or late; fundings that are deep, or that reorganisations can take away. Every pair of bytes behind is
 * one step: deliveries, payments (invoices, parts, keysend, held), lost links, crashes to any allowed record, blocks
 * with and without somebody's transactions, reorganisations, feerates, closings by agreement and by force; in some runs
 * a node that broadcasts a revoked commitment, or one whose disk is of yesterday and who knows that it may be. Then all
 * comes to rest, and is checked:
 *
 *     P8, P10   no honest node has less than its payments say, but for fees of the chain and dust
 *     P12       every payment has ended, the same way at both ends; nothing is left in any channel that lives, and it
 *               can still pay
 *     P5        who forwards has not less than before
 *     P7, P13   what is broadcast is valid at its height, and was not one block earlier (miner.h)
 *     P6        nobody but who cheats broadcasts what is revoked, and then every output of it is taken
 *     money     every look of every channel sums up to its funding, to the millisatoshi, after each step
 */
#ifndef KONSENTO_TESTS_LIGHTNING_RIOT_H
#define KONSENTO_TESTS_LIGHTNING_RIOT_H

#include "tests/lightning/town_parts.h"

#define RIOT_DEALS 100

struct riot_deal {
    uint8_t payer;
    uint8_t payee;
    bool hold;
    bool keysend;
    bool dust; /* may lie in commitments without an output */
    uint8_t hash[32];
};

struct riot_totals {
    uint64_t runs;
    uint64_t steps;
    uint64_t delivered;
    uint64_t paid;
    uint64_t unpaid;
    uint64_t in_parts;
    uint64_t forwards;
    uint64_t losses;
    uint64_t crashes;
    uint64_t older; /* crashes to an older record than the last */
    uint64_t blocks;
    uint64_t reorganised;
    uint64_t agreed; /* channels closed */
    uint64_t forced;
    uint64_t punished;
    uint64_t spoiled;   /* messages */
    uint64_t found_old; /* channels whose owner learned that its disk was of yesterday */
    uint64_t mined;     /* transactions */
    uint64_t refused;   /* of them one block too early */
};
#define RIOT_TOTALS (sizeof(struct riot_totals) / sizeof(uint64_t))

struct riot {
    struct town *town;
    struct riot_totals totals;
    /* of the run */
    const uint8_t *bytes;
    size_t left;
    unsigned nodes;
    bool linked[TOWN_NODES][TOWN_NODES];
    unsigned odd; /* the node that cheats, lies or has forgotten; TOWN_NODES: none */
    bool cheats;
    bool lies;
    uint32_t yesterday;   /* record that it will go back to */
    uint32_t sent_before; /* transactions that were broadcast before it went back */
    uint32_t down_blocks[TOWN_NODES];
    unsigned censored[TOWN_NODES];
    uint32_t floor_height; /* what is below is not undone */
    uint32_t highest;
    uint64_t start_msat[TOWN_NODES];
    uint64_t start_sum_msat;
    uint32_t start_count; /* of ends of channels */
    bool fought;          /* some channel went to the chain */
    struct riot_deal deals[RIOT_DEALS];
    uint32_t deal_count;
    struct {
        bool known; /* went to the chain */
        bool resolved;
        struct btc_outpoint funding;
        int64_t funding_sat;
        int64_t fees_sat;
        int64_t abandoned_sat;
        int64_t pending_sat;
        int64_t lost_sat;
        uint8_t close;
    } ended[TOWN_NODES][TOWN_CHANNELS + 1]; /* by node and channel number */
};

/* Runs one input to its end. Aborts with a line on stderr at the first fault. In: riot with a town, zeroed before. */
void riot_run(struct riot *riot, enum ln_backend_kind backend, const uint8_t *bytes, size_t length);

#endif
