/* scoretext.h: the scoreboard as a study stores it: properties, and the metrics that answer them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A provenance text SCOREBOARD_TEXT, one property a line: TITLE TAB QUESTION, then TAB METRIC for each figure. A metric
 * that the study does not have is left out.
 */
#ifndef KONSENTO_ANALYSIS_SCORETEXT_H
#define KONSENTO_ANALYSIS_SCORETEXT_H

#include "analysis/pool.h"
#include "analysis/results.h"

#define SCOREBOARD_TEXT          "scoreboard"
#define SCORETEXT_PROPERTIES_MAX 16
#define SCORETEXT_FIGURES_MAX    8

struct scoretext_property {
    const char *title, *question;
    size_t columns[SCORETEXT_FIGURES_MAX];
    size_t column_count;
};

/* Fills up to SCORETEXT_PROPERTIES_MAX properties, texts in the pool. Returns how many; 0 if the study has none, is no
 * comparison, or memory is out (then the pool says so). */
size_t scoretext_read(struct scoretext_property *properties, struct pool *pool, const struct results *results);

/* Yen of one satoshi, from the study's attribute; NaN if it has none. */
double scoretext_yen_per_sat(const struct results *results);
/* Is a column money in yen, or yen per something? Then what it costs in satoshi is the figure over yen_per_sat. */
bool scoretext_is_yen(const struct results_column *column);

#endif
