/* fitness.h: how far what a generator makes lies from the sessions recorded.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Marks: largest distance between the two distribution functions (Kolmogorov, Smirnov) of arrival hour, hours connected
 * and kWh. Together: aggregate.h.
 */
#ifndef KONSENTO_MODELS_FLEET_FITNESS_H
#define KONSENTO_MODELS_FLEET_FITNESS_H

#include "models/fleet/aggregate.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>

enum fitness_mark { FITNESS_HOUR, FITNESS_DURATION, FITNESS_ENERGY };
#define FITNESS_MARKS 3

struct fitness {
    struct aggregate aggregate;
    double distance[FITNESS_MARKS]; /* 0 .. 1 */
};

/* In: truth and model, both drawn from. Returns false when memory is out. */
bool fitness_measure(struct fitness *fitness, const struct aggregate_source *model,
                     const struct aggregate_source *truth, gsl_rng *rng) __attribute__((warn_unused_result));

#endif
