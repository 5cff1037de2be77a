/* event_tables.h: the tables of rows that a run can leave: their columns, and what codes in them stand for.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_EVENT_TABLES_H
#define KONSENTO_MODELS_EVENT_TABLES_H

#include <stddef.h>

/* The opt-in tables of rows: every column an int64 in the unit its name says, -1 where there is no such thing.
 * session: one row when its money is at rest; end as in models/session.h. payment: one row per event of the rail; kind
 * and cause as in models/rails/rail.h. Rows from before the warm-up's end are there too. */
enum event_table {
    EVENT_TABLE_SESSION,
    EVENT_TABLE_PAYMENT,
    EVENT_TABLE_TRADE,      /* one row per trade when its interval is over; models/market/market.h */
    EVENT_TABLE_SETTLEMENT, /* one row per event of a payment between traders */
    EVENT_TABLE_MESSAGE,    /* one row per message of a Lightning node, when it leaves */
    EVENT_TABLE_COUNT
};
/* A column whose numbers stand for something: code i is names[i], NULL: none has it. */
struct event_codes {
    const char *column; /* NULL: no more */
    const char *const *names;
    size_t count;
};
struct event_table_info {
    const char *name;
    const char *const *columns; /* ended by NULL */
    size_t column_count;
    const struct event_codes *codes;
};
extern const struct event_table_info event_tables[];
extern const size_t event_table_count;

#endif
