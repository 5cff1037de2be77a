/* manage.h: managed charging: who of the cars that are plugged in gets how much of the service, and when.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   arrivals, departures, full cars, prices, payments          crossings, tapers, turns
 *                   | manage_wake                                    | own event
 *                   v                                                v
 *             take stock --> order --> share --> grant to outlets --> plan the next event
 *
 * Between two of these moments nothing changes that a decision rests on, so nothing is computed: there is no time step.
 * Power is granted in whole watts, by the pilot signal: at least the minimum (IEC 61851: 6 A) or nothing, unless the
 * car cannot take more. What a tapering car takes less is free for others, in steps of one ampere.
 *
 *   strategy           order                                   share
 *   equal_share        who was served longest ago              all alike, what one cannot take goes to the others
 *   round_robin        who was served longest ago              round_current in turn until nothing is left
 *   first_come         arrival                                 all that it can take, until nothing is left
 *   earliest_deadline  departure                               the same
 *   least_laxity       departure - now - time still needed     the same; equal ones share, so their laxities fall alike
 *   time_of_use        arrival                                 the same, to who has no lower price ahead, or must start
 *   price_led          departure                               the same, to who cannot do with the cheaper hours ahead
 *   pv_surplus         who must start, then departure          the same; but who need not start yet has the sun alone
 *   paid_first         final money first; then first credit    the same
 *
 * Assumed: drivers tell when they leave and what they need, and keep to it; a car follows the pilot at once. With a
 * minimum, least laxity lets a car go on until another is `turn` more urgent, and the two that share take turns if
 * there is not the minimum for all. What there is to share is the room that the tree's limits leave beside homes and
 * roof (tree.h), which are known at each moment and not foreseen. Sources: Lee et al. 2021 (ACN-Sim) for the orders and
 * round robin; the shares of equal laxities are the limit of its least laxity for short steps.
 */
#ifndef KONSENTO_MODELS_SITE_MANAGE_H
#define KONSENTO_MODELS_SITE_MANAGE_H

#include "models/site/outlet.h"
#include "models/site/outlook.h"

/* What a car that comes tells. */
struct manage_terms {
    uint64_t key; /* of the session, unique: decides ties */
    int64_t arrival_us, departure_us;
};

/* One outlet, as the management sees it. */
struct manage_place {
    bool is_member; /* its contactor is closed, or has not opened yet */
    struct manage_terms terms;
    int64_t served_us; /* when its turn was over last; at first: when it came */
    int64_t credit_us; /* first credit; INT64_MAX: none */
    bool is_final;     /* all its money is final */
    /* of the present stock-taking */
    int64_t wanted_uj, appetite_w;
    int64_t allowed_w;  /* appetite, or 0: it may not have any now */
    int64_t granted_w;  /* at most allowed_w */
    bool is_urgent;     /* pv_surplus: must start now */
    int64_t cheaper_us; /* price strategies: cheaper time ahead */
    int64_t key;
};

struct manage {
    struct trouble *trouble;
    const struct building_config *config;
    struct outlet *outlets;
    struct manage_place *places; /* one per outlet */
    uint32_t *members;           /* outlets, in the order of the last sharing */
    uint32_t member_count;
    uint32_t wanting_count; /* the first of them: cars that want energy */
    struct outlook outlook;
    struct tree *tree; /* what there is to share */
    int64_t surplus_w; /* of the roof beside homes, of the present stock-taking */
    int64_t most_w;    /* of one car */
    int64_t minimum_w; /* 0: any power */
    int64_t round_w;
    int64_t turn_due_us;             /* INT64_MAX: nobody waits for a turn */
    uint64_t change_count;           /* of pilot signals */
    struct level wanting, curtailed; /* cars */
    struct sim_handle wake, due;
    uint16_t wake_kind, due_kind;
};

struct manage_options {
    struct trouble *trouble;
    const struct building_config *config; /* strategy is not NONE */
    const struct tariff *tariff;
    struct outlet *outlets;
    uint32_t outlet_count;
};

/* Returns false when memory is out. Owns: manage_close. The outlets' site is managed. */
bool manage_init(struct manage *manage, const struct manage_options *options) __attribute__((warn_unused_result));
void manage_close(struct manage *manage);

/* A car is plugged in. */
void manage_come(struct manage *manage, uint32_t outlet, const struct manage_terms *terms);
/* Its contactor has closed: energy may flow. It has opened, or the car is gone. */
void manage_enter(struct manage *manage, uint32_t outlet);
void manage_leave(struct manage *manage, uint32_t outlet);
/* Money of the plugged car: credited now or before, and whether all of it is final. */
void manage_pay(struct manage *manage, uint32_t outlet, bool is_final);
/* Cars may have no more than this together from now on, whatever the limits leave; INT64_MAX: as the limits say. */
void manage_set_cap(struct manage *manage, int64_t power_w);
/* Something changed: shares anew at this moment, after the events that come first. */
void manage_wake(struct manage *manage);
void manage_restart(struct manage *manage, int64_t now_us);
void manage_finish(struct manage *manage, int64_t now_us);

#endif
