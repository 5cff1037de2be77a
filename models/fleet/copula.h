/* copula.h: a Gaussian copula over a session's marks with the marks' own distributions as tables of quantiles. [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   z = L eps,   mark = quantile(Phi(z)), tabled by z: as dense in the tails as in the middle
 *
 * For asking how much dependence matters: with an identity correlation the marks are independent. It cannot express
 * that evening arrivals stay overnight and noon arrivals do not, for that dependence is not monotone.
 */
#ifndef KONSENTO_MODELS_FLEET_COPULA_H
#define KONSENTO_MODELS_FLEET_COPULA_H

#include "models/fleet/mixture.h"

#define COPULA_STEP      0.1
#define COPULA_QUANTILES 65 /* at normal scores -3.2, -3.1 .. 3.2 */

struct copula {
    double correlation[MARKS][MARKS]; /* of normal scores */
    double quantiles[MARKS][COPULA_QUANTILES];
};

/* In: samples[sample_count >= 2]. Returns false when memory is out. */
bool copula_fit(struct copula *copula, const double (*samples)[MARKS], size_t sample_count)
    __attribute__((warn_unused_result));
enum copula_dependence { COPULA_DEPENDENT, COPULA_INDEPENDENT };
void copula_draw(double marks[MARKS], const struct copula *copula, enum copula_dependence dependence, gsl_rng *rng);

#endif
