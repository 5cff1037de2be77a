/* scoreboard.h: parts of a whole, shares of a count, and the five properties that rails are judged by.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_SCOREBOARD_H
#define KONSENTO_MODELS_SCOREBOARD_H

#include "models/metrics.h"

/* What metrics have to do with each other, for whoever judges or draws them. */
struct metric_relation {
    const char *part_of; /* the metric that this one is a part of, with others; NULL: none */
    /* METRIC_COUNTS: a count of happenings. A metric: what this one is a share of, or with worth the cost of 1,000 of
     * what that one counts. NULL: neither. */
    const char *trials;
    const char *worth; /* the metric that says what one costs as a rule, at most; NULL: a share */
};
#define METRIC_COUNTS "1"
/* In: a metric's name, of a laboratory too. */
struct metric_relation metric_relation(const char *name);
/* Of how many metrics something is known. */
size_t metric_relation_count(void);

/* The scoreboard: five properties of which, says the case for channels, a blockchain cannot have all. */
#define SCOREBOARD_FIGURES_MAX 4
struct scoreboard_property {
    const char *title, *question;
    enum metric figures[SCOREBOARD_FIGURES_MAX];
    size_t figure_count;
};
#define SCOREBOARD_PROPERTIES 5
extern const struct scoreboard_property scoreboard[SCOREBOARD_PROPERTIES];

#endif
