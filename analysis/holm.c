/* holm.c: several tests at once without more false alarms than one would give.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/holm.h"

#include <math.h>
#include <stdlib.h>

struct ranked {
    double p;
    size_t index;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    int by_p = (x->p > y->p) - (x->p < y->p);
    return by_p != 0 ? by_p : (x->index > y->index) - (x->index < y->index);
}

bool holm_adjust(double *adjusted, const double *p, size_t count)
{
    struct ranked *ranked = malloc((count + 1) * sizeof *ranked);
    if (ranked == NULL) {
        return false;
    }
    size_t tests = 0;
    for (size_t i = 0; i < count; i++) {
        adjusted[i] = p[i];
        if (!isnan(p[i])) {
            ranked[tests++] = (struct ranked){p[i], i};
        }
    }
    qsort(ranked, tests, sizeof *ranked, compare_ranked);
    double most = 0;
    for (size_t i = 0; i < tests; i++) {
        most = fmax(most, fmin(1, (double)(tests - i) * ranked[i].p));
        adjusted[ranked[i].index] = most;
    }
    free(ranked);
    return true;
}
