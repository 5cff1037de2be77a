/* race.c: can an attacker with a share of the hash rate catch up: closed forms, and the race itself.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/race.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

double race_nakamoto(double q, unsigned z)
{
    assert(q >= 0.0 && q < 1.0);
    double p = 1.0 - q;
    if (q >= p) {
        return 1.0;
    }
    double lambda = z * q / p;
    double poisson = exp(-lambda);
    double caught = 1.0;
    for (unsigned k = 0; k <= z; k++) {
        caught -= poisson * (1.0 - pow(q / p, z - k));
        poisson *= lambda / (k + 1);
    }
    return fmax(caught, 0.0);
}

double race_rosenfeld(double q, unsigned z)
{
    assert(q >= 0.0 && q < 1.0);
    double p = 1.0 - q;
    if (q >= p || z == 0) {
        return 1.0;
    }
    if (q == 0.0) {
        return 0.0;
    }
    double caught = 1.0;
    for (unsigned m = 0; m <= z; m++) {
        double choices = gsl_sf_lnchoose(m + z - 1, m);
        caught -= exp(choices + z * log(p) + m * log(q)) - exp(choices + m * log(p) + z * log(q));
    }
    return fmax(caught, 0.0);
}

double race_beta(double q, unsigned z)
{
    assert(q >= 0.0 && q < 1.0);
    if (q >= 0.5 || z == 0) {
        return 1.0;
    }
    return q == 0.0 ? 0.0 : gsl_sf_beta_inc(z, 0.5, 4.0 * q * (1.0 - q));
}

unsigned race_confirmations(double q, double risk)
{
    assert(q >= 0.0 && q < 0.5 && risk > 0.0 && risk < 1.0);
    unsigned z = 1;
    while (race_beta(q, z) >= risk) {
        z++;
    }
    return z;
}

int race_run(gsl_rng *rng, double q, unsigned z, unsigned give_up)
{
    int64_t behind = 0;
    unsigned honest = 0;
    while (honest < z) {
        if (gsl_rng_uniform(rng) < q) {
            behind--;
        } else {
            behind++;
            honest++;
        }
    }
    while (behind > 0) {
        if (behind >= (int64_t)give_up) {
            return 0;
        }
        behind += gsl_rng_uniform(rng) < q ? -1 : 1;
    }
    return 1;
}

double race_wait_quantile_s(unsigned n, double mean_interval_s, double p)
{
    return gsl_cdf_gamma_Pinv(p, n, mean_interval_s);
}
