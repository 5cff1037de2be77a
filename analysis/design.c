/* design.c: points spread over a unit cube.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/design.h"

#include <assert.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

/* Both halves of the seed count; GSL's seed is a long, which is 32 bits on some machines. */
static gsl_rng *open_generator(uint64_t seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_ranlxd2);
    if (rng != NULL) {
        uint64_t mixed = seed * UINT64_C(0x9e3779b97f4a7c15);
        gsl_rng_set(rng, (unsigned long)((mixed ^ mixed >> 32) & 0x7fffffff));
    }
    return rng;
}

bool design_latin(double *places, size_t points, size_t axes, uint64_t seed)
{
    assert(points > 0 && axes > 0);
    gsl_rng *rng = open_generator(seed);
    size_t *slices = calloc(points, sizeof *slices);
    bool in_memory = rng != NULL && slices != NULL;
    for (size_t i = 0; in_memory && i < points; i++) {
        slices[i] = i;
    }
    for (size_t axis = 0; in_memory && axis < axes; axis++) {
        gsl_ran_shuffle(rng, slices, points, sizeof *slices);
        for (size_t i = 0; i < points; i++) {
            places[i * axes + axis] = ((double)slices[i] + gsl_rng_uniform(rng)) / (double)points;
        }
    }
    free(slices);
    if (rng != NULL) {
        gsl_rng_free(rng);
    }
    return in_memory;
}

bool design_sobol(double *places, size_t points, size_t axes)
{
    assert(points > 0 && axes > 0 && axes <= DESIGN_SOBOL_AXES_MAX);
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)axes);
    if (sequence == NULL) {
        return false;
    }
    for (size_t i = 0; i < points; i++) {
        gsl_qrng_get(sequence, places + i * axes);
    }
    gsl_qrng_free(sequence);
    return true;
}
