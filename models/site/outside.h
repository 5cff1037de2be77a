/* outside.h: what homes and the roof do to the building as time goes on, in half-hours and steps of the sun.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Changes come in the environment's phase, before cars are dealt out anew at the same moment. Loads of single flats
 * are there for who trades between flats (household.flat_w); a flat's part of the roof is outside_flat_roof_w.
 */
#ifndef KONSENTO_MODELS_SITE_OUTSIDE_H
#define KONSENTO_MODELS_SITE_OUTSIDE_H

#include "models/site/building.h"
#include "models/site/household.h"
#include "models/site/roof.h"
#include "sim/kernel.h"

struct outside_listener {
    void *self;
    void (*on_change)(void *self); /* homes or roof have changed, and the building knows; may be NULL */
};

struct outside {
    struct sim *sim;
    struct building *building;
    const struct building_config *config;
    struct household household;
    struct roof roof;
    struct outside_listener listener;
    int64_t homes_w, roof_w;
    uint16_t homes_kind, roof_kind;
};

struct outside_options {
    struct sim *sim;
    struct building *building;
    const struct building_config *config;
    const struct roof_series *series; /* if the roof's irradiance is from a file */
    int64_t start_unix_s;
    struct outside_listener listener;
};

/* Sets what holds at time 0 and plans the changes. The object stays where it is. Returns false when memory is out.
 * Owns: outside_close. */
bool outside_init(struct outside *outside, const struct outside_options *options) __attribute__((warn_unused_result));
void outside_close(struct outside *outside);
/* What a flat's part of the roof gives now: equal parts, the odd watts to the first; 0: it owns none. */
int64_t outside_flat_roof_w(const struct outside *outside, uint32_t flat);

#endif
