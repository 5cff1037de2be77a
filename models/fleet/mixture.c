/* mixture.c: expectation and maximisation over three marks, and draws.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/mixture.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX     80
#define GAIN_ENOUGH    1e-4 /* of ln likelihood per sample and round */
#define VARIANCE_LEAST 1e-3 /* keeps a component from shrinking to a point */

struct fit {
    struct mixture *mixture;
    const double (*samples)[MARKS];
    size_t sample_count;
    double (*shares)[MIXTURE_MAX]; /* how much of a sample is whose */
};

bool mixture_root(double root[MARKS][MARKS], const double matrix[MARKS][MARKS])
{
    memset(root, 0, MARKS * sizeof root[0]);
    for (int i = 0; i < MARKS; i++)
        for (int j = 0; j <= i; j++) {
            double rest = matrix[i][j];
            for (int k = 0; k < j; k++)
                rest -= root[i][k] * root[j][k];
            if (i == j && !(rest > 0))
                return false;
            root[i][j] = i == j ? sqrt(rest) : rest / root[j][j];
        }
    return true;
}

void mixture_spread(double marks[MARKS], const double root[MARKS][MARKS], gsl_rng *rng)
{
    double normal[MARKS];
    for (int i = 0; i < MARKS; i++)
        normal[i] = gsl_ran_ugaussian(rng);
    for (int i = 0; i < MARKS; i++)
        for (int k = 0; k <= i; k++)
            marks[i] += root[i][k] * normal[k];
}

void mixture_draw(double marks[MARKS], const struct mixture *mixture, gsl_rng *rng)
{
    double rest = gsl_rng_uniform(rng), root[MARKS][MARKS];
    unsigned k = 0;
    while (k + 1 < mixture->count && rest >= mixture->components[k].weight)
        rest -= mixture->components[k++].weight;
    const struct mixture_component *component = &mixture->components[k];
    bool is_definite = mixture_root(root, component->covariance);
    assert(is_definite);
    memcpy(marks, component->mean, sizeof component->mean);
    mixture_spread(marks, root, rng);
}

/* ---- fit ------------------------------------------------------------------------------------------------------- */

/* ln weight + ln density, without the constant. */
static double log_density(const struct mixture_component *component, const double root[MARKS][MARKS],
                          const double sample[MARKS])
{
    double squares = 0, log_root = 0, normal[MARKS];
    for (int i = 0; i < MARKS; i++) {
        double rest = sample[i] - component->mean[i];
        for (int k = 0; k < i; k++)
            rest -= root[i][k] * normal[k];
        normal[i] = rest / root[i][i];
        squares += normal[i] * normal[i];
        log_root += log(root[i][i]);
    }
    return log(component->weight) - log_root - squares / 2;
}

/* Returns the mean ln likelihood, without the constant. */
static double expect(struct fit *fit)
{
    const struct mixture *mixture = fit->mixture;
    double roots[MIXTURE_MAX][MARKS][MARKS], total = 0;
    for (unsigned k = 0; k < mixture->count; k++) {
        bool is_definite = mixture_root(roots[k], mixture->components[k].covariance);
        assert(is_definite);
    }
    for (size_t i = 0; i < fit->sample_count; i++) {
        double *share = fit->shares[i], most = -INFINITY, sum = 0;
        for (unsigned k = 0; k < mixture->count; k++) {
            share[k] = log_density(&mixture->components[k], roots[k], fit->samples[i]);
            most = fmax(most, share[k]);
        }
        for (unsigned k = 0; k < mixture->count; k++)
            sum += share[k] = exp(share[k] - most);
        for (unsigned k = 0; k < mixture->count; k++)
            share[k] /= sum;
        total += most + log(sum);
    }
    return total / (double)fit->sample_count;
}

static void maximise_component(struct fit *fit, unsigned k)
{
    struct mixture_component *component = &fit->mixture->components[k];
    double total = 1e-9, sum[MARKS] = {0};
    for (size_t i = 0; i < fit->sample_count; i++) {
        total += fit->shares[i][k];
        for (int a = 0; a < MARKS; a++)
            sum[a] += fit->shares[i][k] * fit->samples[i][a];
    }
    *component = (struct mixture_component){.weight = total / (double)fit->sample_count};
    for (int a = 0; a < MARKS; a++)
        component->mean[a] = sum[a] / total;
    for (size_t i = 0; i < fit->sample_count; i++)
        for (int a = 0; a < MARKS; a++)
            for (int b = 0; b < MARKS; b++)
                component->covariance[a][b] += fit->shares[i][k] / total * (fit->samples[i][a] - component->mean[a]) *
                                               (fit->samples[i][b] - component->mean[b]);
    for (int a = 0; a < MARKS; a++)
        component->covariance[a][a] += VARIANCE_LEAST;
}

/* Components begin at samples drawn far from those before (k-means++), all as wide as the whole. */
static void begin(struct fit *fit, gsl_rng *rng)
{
    struct mixture *mixture = fit->mixture;
    for (size_t i = 0; i < fit->sample_count; i++)
        fit->shares[i][0] = 1;
    maximise_component(fit, 0);
    struct mixture_component whole = mixture->components[0];
    for (unsigned k = 0; k < mixture->count; k++) {
        double total = 0, chosen;
        for (size_t i = 0; i < fit->sample_count; i++) {
            double nearest = k == 0 ? 1 : INFINITY;
            for (unsigned other = 0; other < k; other++) {
                double squares = 0;
                for (int a = 0; a < MARKS; a++)
                    squares += pow(fit->samples[i][a] - mixture->components[other].mean[a], 2) / whole.covariance[a][a];
                nearest = fmin(nearest, squares);
            }
            total += fit->shares[i][1] = nearest;
        }
        chosen = gsl_rng_uniform(rng) * total;
        size_t i = 0;
        while (i + 1 < fit->sample_count && chosen >= fit->shares[i][1])
            chosen -= fit->shares[i++][1];
        mixture->components[k] = whole;
        mixture->components[k].weight = 1.0 / mixture->count;
        memcpy(mixture->components[k].mean, fit->samples[i], sizeof whole.mean);
    }
}

bool mixture_fit(struct mixture *mixture, const double (*samples)[MARKS], size_t sample_count, gsl_rng *rng)
{
    assert(sample_count >= MIXTURE_SAMPLES_MIN);
    size_t count = sample_count / MIXTURE_SAMPLES_MIN;
    *mixture = (struct mixture){.count = count < MIXTURE_MAX ? (unsigned)count : MIXTURE_MAX};
    struct fit fit = {.mixture = mixture, .samples = samples, .sample_count = sample_count};
    fit.shares = malloc(sample_count * sizeof fit.shares[0]);
    if (fit.shares == NULL)
        return false;
    begin(&fit, rng);
    double before = -INFINITY;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        double now = expect(&fit);
        if (now - before < GAIN_ENOUGH)
            break;
        before = now;
        for (unsigned k = 0; k < mixture->count; k++)
            maximise_component(&fit, k);
    }
    free(fit.shares);
    return true;
}
