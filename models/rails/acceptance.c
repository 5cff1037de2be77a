/* acceptance.c: the predicate, and the limit that keeps exposure below the grace.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/acceptance.h"

static bool is_above(int64_t used_msat, int64_t amount_msat, int64_t cap_msat)
{
    return used_msat > cap_msat - amount_msat;
}

enum acceptance acceptance_check(const struct onchain_config *config, const struct acceptance_facts *facts)
{
    if (facts->is_contested)
        return ACCEPTANCE_CONFLICT;
    if (facts->unconfirmed_ancestors > config->ancestors_max)
        return ACCEPTANCE_INPUTS;
    if (facts->is_replaceable && facts->is_signal_heeded)
        return ACCEPTANCE_SIGNALS;
    if (facts->rate_sat_per_kwu < facts->least_rate_sat_per_kwu)
        return ACCEPTANCE_LOW_RATE;
    if (is_above(facts->payer_msat, facts->amount_msat, config->cap_payer_msat))
        return ACCEPTANCE_PAYER_CAP;
    if (is_above(facts->outlet_msat, facts->amount_msat, config->cap_outlet_msat))
        return ACCEPTANCE_OUTLET_CAP;
    if (is_above(facts->building_msat, facts->amount_msat, config->cap_building_msat))
        return ACCEPTANCE_BUILDING_CAP;
    return ACCEPTANCE_OK;
}

int64_t acceptance_limit_msat(const struct onchain_config *config, int64_t settled_msat, int64_t open_msat,
                              int64_t withdrawn_msat)
{
    if (config->grace_msat == CONFIG_MSAT_UNLIMITED && withdrawn_msat == 0)
        return INT64_MAX;
    return settled_msat + (open_msat < config->grace_msat ? open_msat : config->grace_msat);
}
