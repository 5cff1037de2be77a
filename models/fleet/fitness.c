/* fitness.c: marks of many months, sorted and compared.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/fitness.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#define MONTHS 1000 /* drawn from each side */
#define ROOM   (MONTHS * 40)

static const struct aggregate_config bench = {.outlets = 50, .repetitions = 200, .power_w = 3200};

/* Of one side: marks[mark][0 .. count). */
struct side {
    double (*marks)[ROOM];
    size_t count;
};

static bool fill(struct side *side, const struct aggregate_source *source, gsl_rng *rng)
{
    *side = (struct side){.marks = malloc(FITNESS_MARKS * sizeof side->marks[0])};
    struct visit *stays = malloc(AGGREGATE_STAYS_MAX * sizeof stays[0]);
    bool is_ready = side->marks != NULL && stays != NULL;
    for (int month = 0; is_ready && month < MONTHS; month++) {
        size_t blocked = 0, count = source->month(source->self, stays, &blocked, rng);
        for (size_t i = 0; i < count && side->count < ROOM; i++, side->count++) {
            side->marks[FITNESS_HOUR][side->count] = (double)(stays[i].arrival_us % DAY_US);
            side->marks[FITNESS_DURATION][side->count] = (double)(stays[i].departure_us - stays[i].arrival_us);
            side->marks[FITNESS_ENERGY][side->count] = (double)stays[i].energy_uj;
        }
    }
    free(stays);
    for (int mark = 0; is_ready && mark < FITNESS_MARKS; mark++)
        gsl_sort(side->marks[mark], 1, side->count);
    return is_ready;
}

static double distance_of(const double *a, size_t a_count, const double *b, size_t b_count)
{
    double most = 0;
    size_t i = 0, k = 0;
    while (i < a_count && k < b_count) {
        double at = fmin(a[i], b[k]);
        while (i < a_count && a[i] <= at)
            i++;
        while (k < b_count && b[k] <= at)
            k++;
        most = fmax(most, fabs((double)i / (double)a_count - (double)k / (double)b_count));
    }
    return a_count > 0 && b_count > 0 ? most : 1;
}

bool fitness_measure(struct fitness *fitness, const struct aggregate_source *model,
                     const struct aggregate_source *truth, gsl_rng *rng)
{
    struct side made, real;
    bool is_made = fill(&made, model, rng), is_real = fill(&real, truth, rng);
    bool is_ready = is_made && is_real && aggregate_measure(&fitness->aggregate, &bench, model, rng);
    for (int mark = 0; is_ready && mark < FITNESS_MARKS; mark++)
        fitness->distance[mark] = distance_of(made.marks[mark], made.count, real.marks[mark], real.count);
    free(made.marks);
    free(real.marks);
    return is_ready;
}
