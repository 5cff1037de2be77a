/* resample.h: user-level bootstrap: an outlet goes on as one real user went on from like moments.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   user ~ active months    plugged out (weekday kind, hour) -> one of this user's own (gap, duration, energy) after a
 *                           like plug-out -> plugged in after the gap -> plugged out ...
 *
 * A Markov chain over moments of plugging out, resampled from the user's own transitions by nearness: nothing is
 * fitted, gap, duration and energy stay together and the user stays who it is. A gap begins at a plug-out, so no
 * arrival ever finds its outlet taken and no rate has to be corrected for that. Weekday kinds: Monday to Thursday,
 * Friday, Saturday, Sunday.
 *
 * Consecutive active months are a spell. Its last plug-out is followed by nothing until the spell's last midnight, and
 * that is a transition too, to the beginning of another of the user's spells: thus sessions per day are those of the
 * active months, whatever was left out between them.
 */
#ifndef KONSENTO_MODELS_FLEET_RESAMPLE_H
#define KONSENTO_MODELS_FLEET_RESAMPLE_H

#include "models/fleet/aggregate.h"
#include "models/fleet/history.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From one plug-out, or from the first midnight of a month, to the end of the next session. */
struct transition {
    int64_t from_us;     /* its weekday and hour say which moment it was */
    int64_t gap_us;      /* until plugged in, >= 1 minute; or until the spell ends, >= 0 */
    int64_t duration_us; /* 0: the spell ends */
    int64_t energy_uj;
};

struct resample_user {
    size_t first, count;             /* transitions from plug-outs */
    size_t month_first, month_count; /* those from first midnights of active months; months are the user's weight */
};

struct resample {
    struct transition *transitions; /* by (user, from_us) */
    struct transition *months;      /* by (user, from_us) */
    struct resample_user *users;    /* active ones */
    uint32_t user_count;
    size_t month_count;
};

/* Returns false when memory is out; user_count is 0 if no user is active. Owns: resample_close. */
bool resample_init(struct resample *resample, const struct history *history) __attribute__((warn_unused_result));
void resample_close(struct resample *resample);
/* A user, likely in proportion to active months. */
uint32_t resample_draw_user(const struct resample *resample, gsl_rng *rng);
/* The next session of a user plugged out at from_us (since a Monday). */
void resample_next(struct visit *stay, const struct resample *resample, uint32_t user, int64_t from_us, gsl_rng *rng);
/* The first session at or after the Monday from_us, as in one of the user's months. */
void resample_first(struct visit *stay, const struct resample *resample, uint32_t user, int64_t from_us, gsl_rng *rng);
void resample_source(struct aggregate_source *source, const struct resample *resample);

#endif
