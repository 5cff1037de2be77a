/* design.h: points spread over a unit cube: Latin hypercube and Sobol sequence.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Latin hypercube: each axis is cut into as many slices as there are points, and every slice has one point, at a random
 * place in it (McKay, Beckman and Conover 1979). Sobol: a low-discrepancy sequence, the same for every seed, whose
 * first point is the middle of the cube (Antonov and Saleev 1979, in GSL); more points leave earlier ones where they
 * are.
 */
#ifndef KONSENTO_ANALYSIS_DESIGN_H
#define KONSENTO_ANALYSIS_DESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESIGN_SOBOL_AXES_MAX 40

/* Out: places, points x axes (at least one of each), each in [0, 1). Returns false when memory is out. */
bool design_latin(double *places, size_t points, size_t axes, uint64_t seed);
/* axes: at most DESIGN_SOBOL_AXES_MAX. */
bool design_sobol(double *places, size_t points, size_t axes);

#endif
