/* metrics.h: the one table of what a run measures: name, unit, definition, and the event tables.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_METRICS_H
#define KONSENTO_MODELS_METRICS_H

#include <stddef.h>

/* Grows at the end of each group; the order is the order in reports. */
enum metric {
    METRIC_ENERGY_DEMANDED,          /* kWh */
    METRIC_ENERGY_DELIVERED,         /* kWh */
    METRIC_ENERGY_DELIVERED_SHARE,   /* % */
    METRIC_ENERGY_DEMANDS_MET_SHARE, /* % of sessions within 0.1 kWh of their demand */
    METRIC_COUNT /* the models add the rest */
};

struct metric_info {
    const char *name;       /* "energy.delivered_share" */
    const char *unit;       /* "%" */
    const char *long_name;  /* "energy delivered" */
    const char *definition; /* one sentence: exactly what is divided by what */
    const char *source;     /* where the definition comes from, "" if ours */
    int better;             /* +1 more is better, -1 less is better, 0 neither */
};
extern const struct metric_info metric_table[METRIC_COUNT];

/* Index of a metric by name, or METRIC_COUNT. */
enum metric metric_find(const char *name);

/* An opt-in table of rows ("session", "payment"): every column an int64 in the unit its name says. */
struct event_table_info {
    const char *name;
    const char *const *columns; /* ended by NULL */
    size_t column_count;
};
extern const struct event_table_info event_tables[];
extern const size_t event_table_count;

#endif
