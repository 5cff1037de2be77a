/* sealed.h: opens an HDF5 file whose seal is right.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The seal is compared first: HDF5 never gets to see a file that was cut off or damaged by accident.
 */
#ifndef KONSENTO_ANALYSIS_SEALED_H
#define KONSENTO_ANALYSIS_SEALED_H

#include "analysis/h5in.h"
#include "analysis/results.h"

/* h5_in_close in either case. */
enum results_result sealed_open(struct h5_in *in, struct results_error *error, const char *path, struct pool *pool);

#endif
