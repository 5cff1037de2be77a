/* mixture.h: a mixture of Gaussians over a session's marks, fitted by expectation and maximisation.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Marks of a session: hour of plugging in counted from five in the morning (when fewest do, so that the day is cut
 * where it matters least), ln hours connected, ln kWh. Logarithms keep draws positive. Each component has a full
 * covariance: evening and overnight, noon and short are components, which no single correlation matrix can express.
 * Source: Dempster, Laird, Rubin 1977; the use for charging sessions as in ACN-Data (Lee, Li, Low 2019).
 */
#ifndef KONSENTO_MODELS_FLEET_MIXTURE_H
#define KONSENTO_MODELS_FLEET_MIXTURE_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

#define MARKS               3 /* hour since 5 o'clock, ln hours, ln kWh */
#define MIXTURE_MAX         8
#define MIXTURE_SAMPLES_MIN 50 /* fewer say nothing about a component */

struct mixture_component {
    double weight;
    double mean[MARKS];
    double covariance[MARKS][MARKS];
};

struct mixture {
    unsigned count; /* of components, 1 .. MIXTURE_MAX */
    struct mixture_component components[MIXTURE_MAX];
};

/* In: samples[sample_count], at least MIXTURE_SAMPLES_MIN; rng chooses where components begin. Out: as many components,
 * at most MIXTURE_MAX, as there are MIXTURE_SAMPLES_MIN samples for. Returns false when memory is out. */
bool mixture_fit(struct mixture *mixture, const double (*samples)[MARKS], size_t sample_count, gsl_rng *rng)
    __attribute__((warn_unused_result));
void mixture_draw(double marks[MARKS], const struct mixture *mixture, gsl_rng *rng);
/* Lower triangle of a symmetric matrix's Cholesky root. Returns false if it is not positive definite. */
bool mixture_root(double root[MARKS][MARKS], const double matrix[MARKS][MARKS]) __attribute__((warn_unused_result));
/* marks += root z with z standard normal. */
void mixture_spread(double marks[MARKS], const double root[MARKS][MARKS], gsl_rng *rng);

#endif
