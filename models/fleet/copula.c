/* copula.c: normal scores, quantile tables and draws.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/copula.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fills scores with the standard normal of each sample's rank, and the quantiles. */
static void score(double *scores, struct copula *copula, int mark, const double *values, size_t *order, size_t count)
{
    gsl_sort_index(order, values, 1, count);
    for (size_t rank = 0; rank < count; rank++)
        scores[order[rank]] = gsl_cdf_ugaussian_Pinv(((double)rank + 0.5) / (double)count);
    for (int i = 0; i < COPULA_QUANTILES; i++) {
        double share = gsl_cdf_ugaussian_P(COPULA_STEP * (i - COPULA_QUANTILES / 2));
        double place = share * (double)(count - 1);
        size_t low = (size_t)place;
        size_t high = low + 1 < count ? low + 1 : low;
        double within = place - (double)low;
        copula->quantiles[mark][i] = (1 - within) * values[order[low]] + within * values[order[high]];
    }
}

bool copula_fit(struct copula *copula, const double (*samples)[MARKS], size_t sample_count)
{
    assert(sample_count >= 2);
    double *values = malloc(sample_count * sizeof values[0]);
    double *scores = malloc(MARKS * sample_count * sizeof scores[0]);
    size_t *order = malloc(sample_count * sizeof order[0]);
    bool is_ready = values != NULL && scores != NULL && order != NULL;
    for (int a = 0; is_ready && a < MARKS; a++) {
        for (size_t i = 0; i < sample_count; i++)
            values[i] = samples[i][a];
        score(scores + (size_t)a * sample_count, copula, a, values, order, sample_count);
    }
    for (int a = 0; is_ready && a < MARKS; a++)
        for (int b = 0; b < MARKS; b++)
            copula->correlation[a][b] = a == b
                                            ? 1
                                            : gsl_stats_correlation(scores + (size_t)a * sample_count, 1,
                                                                    scores + (size_t)b * sample_count, 1, sample_count);
    free(values);
    free(scores);
    free(order);
    return is_ready;
}

void copula_draw(double marks[MARKS], const struct copula *copula, enum copula_dependence dependence, gsl_rng *rng)
{
    static const double identity[MARKS][MARKS] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    double root[MARKS][MARKS], normal[MARKS] = {0};
    bool is_definite = mixture_root(root, dependence == COPULA_INDEPENDENT ? identity : copula->correlation);
    assert(is_definite);
    mixture_spread(normal, root, rng);
    for (int a = 0; a < MARKS; a++) {
        double most = COPULA_QUANTILES - 1;
        double place = fmin(fmax(normal[a] / COPULA_STEP + most / 2, 0), most);
        int low = place < most ? (int)place : COPULA_QUANTILES - 2;
        double within = place - low;
        marks[a] = (1 - within) * copula->quantiles[a][low] + within * copula->quantiles[a][low + 1];
    }
}
