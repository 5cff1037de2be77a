/* config.c: the defaults of a chain, by era.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/config.h"

#include "models/calendar.h"
#include "models/chain/era.h"
#include "models/chain/propagation.h"

#include <assert.h>
#include <math.h>

#define PPM          1e6
#define SAT_PER_KWU  250.0 /* of 1 sat/vB */
#define TEMPLATE_US  (30 * SECOND_US)
#define EMPTY_PPM    10000
#define PEERS        8
#define WATCH_BLOCKS 6

static void init_miners(struct chain_config *config)
{
    config->miner_count = PROPAGATION_GERVAIS_MINERS;
    for (uint32_t i = 0; i < config->miner_count; i++)
        config->miners[i].share_ppm = llround(propagation_gervais_share[i] * PPM);
}

void chain_config_init(struct chain_config *config, enum chain_era number)
{
    const struct era *era = era_get(number);
    struct propagation_config propagation;
    assert(era != NULL);
    propagation_config_default(&propagation, era->generation);
    *config = (struct chain_config){.era = number,
                                    .block_target_us = llround(ERA_TARGET_S * SECOND_US),
                                    .growth_per_period_ppm = llround(era->growth_per_period * PPM),
                                    .template_us = TEMPLATE_US,
                                    .empty_ppm = EMPTY_PPM,
                                    .relay = era->generation,
                                    .tx_delay_us = llround(propagation.tx_median_s * SECOND_US),
                                    .tx_delay_sigma_ppm = llround(propagation.tx_sigma * PPM),
                                    .block_delay_us = llround(era->stale_delay_s * SECOND_US),
                                    .block_delay_sigma_ppm = llround(propagation.block_sigma * PPM),
                                    .gossip = CHAIN_GOSSIP_LAW,
                                    .min_relay_sat_per_kwu = (uint32_t)lround(era->min_relay_sat_per_vb * SAT_PER_KWU),
                                    .full_rbf_ppm = llround(era->full_rbf_share * PPM),
                                    .peers = PEERS,
                                    .watch_blocks = WATCH_BLOCKS,
                                    .keep = CHAIN_KEEP_RECENT};
    init_miners(config);
}

/* Shares: bitcoin/bitcoin 28132 and 30493; 2023 lies between a few percent and 90, a half is guessed. Relay: Bitcoin
 * Core 30. */
void chain_config_policy(struct chain_config *config, enum chain_policy policy)
{
    static const struct {
        int64_t full_rbf_ppm;
        uint32_t min_relay_sat_per_kwu;
    } policies[CHAIN_POLICY_COUNT] = {
        [CHAIN_POLICY_2018] = {0, 250}, [CHAIN_POLICY_2023] = {500000, 250}, [CHAIN_POLICY_2025] = {1000000, 25}};
    assert(policy < CHAIN_POLICY_COUNT);
    if (policy == CHAIN_POLICY_ERA)
        return;
    config->full_rbf_ppm = policies[policy].full_rbf_ppm;
    config->min_relay_sat_per_kwu = policies[policy].min_relay_sat_per_kwu;
}
