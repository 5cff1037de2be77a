/* acceptance.h: which unconfirmed payments an operator delivers against, and how much of them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A payment is accepted unconfirmed if the node took it, all its inputs are confirmed (or few are not), neither it nor
 * an ancestor says that it may be replaced (asked for only where most of the hash rate heeds that), it offers what the
 * estimator asks for, no other transaction that spends the same was seen in the listening time, and the unsettled
 * credit of its payer, its outlet and the building stays within the caps. All others wait for confirmations.
 *
 * Exposure of a session: value delivered less value settled. It is kept below the grace by limiting what may be
 * delivered in all to: value settled + min(grace, credit that is neither settled nor withdrawn).
 *
 * Source: practice of payment processors 2013-2022 as docs/models.md lists it.
 */
#ifndef KONSENTO_MODELS_RAILS_ACCEPTANCE_H
#define KONSENTO_MODELS_RAILS_ACCEPTANCE_H

#include "models/config.h"

enum acceptance {
    ACCEPTANCE_OK = 0,
    ACCEPTANCE_CONFLICT,  /* another transaction spends the same */
    ACCEPTANCE_INPUTS,    /* builds on too much that is not confirmed itself */
    ACCEPTANCE_SIGNALS,   /* says that it may be replaced */
    ACCEPTANCE_LOW_RATE,  /* offers miners too little */
    ACCEPTANCE_PAYER_CAP, /* too much unsettled credit already */
    ACCEPTANCE_OUTLET_CAP,
    ACCEPTANCE_BUILDING_CAP
};

struct acceptance_facts {
    bool is_contested;
    uint32_t unconfirmed_ancestors;
    bool is_replaceable, is_signal_heeded; /* heeded: by most of the hash rate, and only where there is a signal */
    uint32_t rate_sat_per_kwu, least_rate_sat_per_kwu;
    int64_t amount_msat;
    int64_t payer_msat, outlet_msat, building_msat; /* unsettled credit without this payment */
};

enum acceptance acceptance_check(const struct onchain_config *config, const struct acceptance_facts *facts);

/* Value that may be delivered in all; INT64_MAX: no limit but credit. open_msat: credit neither settled nor withdrawn;
 * withdrawn_msat: credit that may not come. */
int64_t acceptance_limit_msat(const struct onchain_config *config, int64_t settled_msat, int64_t open_msat,
                              int64_t withdrawn_msat);

#endif
