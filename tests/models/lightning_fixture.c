/* lightning_fixture.c: worlds with a Lightning rail, for tests.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/lightning_fixture.h"

struct lightning_config *lightning_config_of(struct onchain_fixture *fixture)
{
    return &fixture->base.config.rails[0].lightning;
}

void lightning_fixture_config(struct onchain_fixture *fixture)
{
    onchain_fixture_config(fixture);
    fixture->base.config.rails[0].kind = RAIL_LIGHTNING;
    fixture->base.config.rails[0].name = "lightning";
    *lightning_config_of(fixture) = (struct lightning_config){
        .crypto = LIGHTNING_CRYPTO_TOKEN,
        .quantum_uj = KWH_UJ / 20,
        .credit_limit_msat = 1000000,
        .deposit_slices = 6,
        .deposit_blocks = 288,
        .patience_us = 60000000,
        .fee_max_ppm = 10000,
        .phone_link = LINK_LTE,
        .outlet_link = LINK_WIFI,
        .linger_us = 10000000,
        .confirmations = 1,
        .capacity_sat = 400000,
        .top_up = LIGHTNING_TOP_UP_REOPEN,
        .life_us = INT64_MAX,
        .force_us = INT64_MAX,
        .htlcs = 12,
        .hub_capacity_sat = 1000000,
        .rebalance_above_ppm = 600000,
        .rebalance_to_ppm = 100000,
        .coins = 2,
        .coin_sat = 600000,
        .target_blocks = 6,
    };
}
