/* config.h: the checked description of one public chain: miners, propagation, policy, attackers.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain data as in models/config.h: one unit per field, range-checked by whoever fills it; models only assert. Where a
 * field says "era" as its default, chain_config_init takes it from the era's table (models/chain/era.h).
 */
#ifndef KONSENTO_MODELS_CHAIN_CONFIG_H
#define KONSENTO_MODELS_CHAIN_CONFIG_H

#include "models/chain/gossip.h"

#include <stdint.h>

#define CHAIN_MINERS_MAX 128
#define CHAIN_REORGS_MAX 64

/* Which times' demand, block times and policy: the order is that of era_get. */
enum chain_era {
    CHAIN_ERA_2017_12, /* the fee peak */
    CHAIN_ERA_2018_03, /* the trial */
    CHAIN_ERA_2021,    /* spring of 2021 */
    CHAIN_ERA_2024_04, /* the spike at the halving of 2024-04-20 */
    CHAIN_ERA_EMPTY,   /* nobody else is there */
    CHAIN_ERA_2018_01, /* the mempool at its limit */
    CHAIN_ERA_COUNT
};

/* What nodes and miners accept, whatever the era's demand. */
enum chain_policy {
    CHAIN_POLICY_ERA,  /* as in the era */
    CHAIN_POLICY_2018, /* what signals BIP 125 is replaced; 1 sat/vB is relayed */
    CHAIN_POLICY_2023, /* half of the hash rate replaces whatever pays more */
    CHAIN_POLICY_2025, /* all of it; 0.1 sat/vB is relayed */
    CHAIN_POLICY_COUNT
};

/* How a conflict spreads. */
enum chain_gossip {
    CHAIN_GOSSIP_LAW, /* odds law */
    CHAIN_GOSSIP_NODE /* a simulation of nodes and their announcements, for each conflict */
};

enum chain_keep {
    CHAIN_KEEP_RECENT, /* blocks that a reorganisation could still touch */
    CHAIN_KEEP_ALL     /* every block, for chain_export */
};

/* What a forced branch carries. */
enum chain_reorg_content {
    CHAIN_REORG_SAME, /* what its miner's mempool holds and what the branch that loses held: most confirm again */
    CHAIN_REORG_EMPTY /* coinbases alone: own transactions are unconfirmed again */
};

/* At a moment, depth blocks of the best chain are replaced by depth + 1 others. */
struct chain_reorg {
    int64_t at_us;
    uint32_t depth_blocks; /* 1 .. CHAIN_REORG_DEPTH_MAX */
    enum chain_reorg_content content;
};
#define CHAIN_REORG_DEPTH_MAX 100

/* An attack by hash rate (chain_attack). The attacker mines in secret, from the best tip he knows; with premine_blocks
 * 1 the race begins with his first block (a Finney attack's, Rosenfeld's convention), and PREMINED is raised then;
 * until then he starts anew with every honest block. He publishes when the honest branch has `confirmations` blocks and
 * his own is longer; he gives up when he is give_up_blocks behind after that. confirmations 0: he publishes hold_us
 * after PREMINED, be he ahead or not. */
struct chain_attack {
    uint32_t rival;          /* own transaction for his first block; CHAIN_NONE */
    uint32_t premine_blocks; /* 0 or 1 */
    uint32_t confirmations;
    uint32_t give_up_blocks; /* 1 or more, unless confirmations is 0 */
    int64_t hold_us;
};

/* An honest miner. Each one says by himself what he takes: Bitcoin Core's -blockmintxfee. */
struct chain_miner {
    int64_t share_ppm;              /* of the honest hash rate; any positive scale, used as weights */
    int64_t least_rate_sat_per_kwu; /* of what his blocks take, ancestors counted; 0: whatever is relayed */
};

struct chain_config {
    enum chain_era era;
    uint64_t background_seed; /* names the draws of other people's demand; 0 as good as any */

    int64_t block_target_us;       /* interval that the retarget aims at; 600 s */
    int64_t growth_per_period_ppm; /* hash-rate growth a T over one period (models/chain/blocks.h); era */
    const char *trace_path;        /* file of real block times to replay (models/chain/trace.h); NULL: drawn */

    uint32_t miner_count; /* 1 .. CHAIN_MINERS_MAX */
    struct chain_miner miners[CHAIN_MINERS_MAX];
    int64_t template_us; /* a miner's template is made anew every so often; 0: for each block */
    int64_t empty_ppm;   /* share of blocks that hold a coinbase alone */

    enum gossip_generation relay;  /* how nodes announce transactions, for conflicts; era */
    int64_t tx_delay_us;           /* median time of a transaction to a miner or node (lognormal); era */
    int64_t tx_delay_sigma_ppm;    /* of the logarithm of that time; 0.4 */
    int64_t block_delay_us;        /* hash rate's mean time without a new block (propagation.h's D); era */
    int64_t block_delay_sigma_ppm; /* of the logarithm of a miner's time; 1.1 */
    enum chain_gossip gossip;

    uint32_t min_relay_sat_per_kwu; /* least feerate that is relayed, and by which a replacement must pay more; era */
    int64_t full_rbf_ppm;  /* share of hash rate and nodes that replace whatever pays more; the operator's does at
                              1,000,000; era */
    uint32_t peers;        /* of the operator's node: it sends to these first, and hears of conflicts through them; 8 */
    uint32_t observers;    /* further nodes that tell the operator of conflicts; 0 */
    uint32_t watch_blocks; /* confirmations of own transactions are reported up to this depth; 6 */

    int64_t attacker_share_ppm; /* of all hash rate; 0: there is no attacker. Idle, it mines like the others */

    struct chain_reorg reorgs[CHAIN_REORGS_MAX];
    uint32_t reorg_count;

    enum chain_keep keep;
};

/* Fills in the defaults: 16 miners as measured by Gervais et al. 2016, and what the era has. */
void chain_config_init(struct chain_config *config, enum chain_era era);
/* Puts a policy over the era's. */
void chain_config_policy(struct chain_config *config, enum chain_policy policy);

#endif
