/* layout.h: results.h5, one study with its rows as columns over (config, rep).   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layout in full: docs/results.md.
 */
#ifndef KONSENTO_ANALYSIS_LAYOUT_H
#define KONSENTO_ANALYSIS_LAYOUT_H

#include "analysis/results.h"

#define LAYOUT_CONVENTION "CF-1.8 konsento-1"

/* Can this study be stored? FORMAT with the reason if a name or a size is out of bounds. */
enum results_result layout_check_study(struct results_error *error, const struct results_study *study);

/* Attributes beside the study's own, in place of those of the same name. */
struct layout_closing {
    const struct results_text *attributes;
    size_t count;
};
enum results_result layout_check_closing(struct results_error *error, const struct layout_closing *closing);

/* The bytes of the file, without the seal; malloc'ed. NULL when memory is out. */
uint8_t *layout_write(size_t *length, const struct results *results, const struct layout_closing *closing);

#endif
