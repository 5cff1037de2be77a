/* history.h: recorded sessions cleaned and sorted by user, and the months in which a user was active.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What generators are fitted to and judged by. Times count from a Monday 00:00 at or before the first session, so that
 * weekday and hour are remainders. A month is four weeks from a Monday: every month has the same weekdays in the same
 * places, and months of different users can be laid side by side. They are counted back from the last Monday of the
 * recording, for recordings grow towards their end; a month that the recording does not cover whole is none. A user is
 * active in a month with HISTORY_ACTIVE_SESSIONS or more; all else (moved away, on leave, not yet moved in) says
 * nothing about an outlet's load.
 *
 * Cleaning [measured, Sorensen et al. 2024]: energy in 0.5 .. 150 kWh, connected for 2 minutes .. 5 days. What lies
 * outside is left out and counted.
 */
#ifndef KONSENTO_MODELS_FLEET_HISTORY_H
#define KONSENTO_MODELS_FLEET_HISTORY_H

#include "models/calendar.h"
#include "models/fleet/replay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_ACTIVE_SESSIONS 4
#define HISTORY_MONTH_DAYS      28
#define HISTORY_MONTH_US        (HISTORY_MONTH_DAYS * DAY_US)
#define HISTORY_WEEK_US         (7 * DAY_US)

#define HISTORY_ENERGY_MIN_UJ   INT64_C(1800000000000)   /* 0.5 kWh */
#define HISTORY_ENERGY_MAX_UJ   INT64_C(540000000000000) /* 150 kWh */
#define HISTORY_DURATION_MIN_US (2 * MINUTE_US)
#define HISTORY_DURATION_MAX_US (5 * DAY_US)

/* One session of one user. */
struct visit {
    int64_t arrival_us, departure_us; /* departure > arrival */
    int64_t energy_uj;
};

/* stays[first .. first + count), by arrival. */
struct history_user {
    size_t first, count;
    size_t month_count; /* active ones */
};

/* stays[first .. first + count) arrived in the four weeks from start_us. */
struct history_month {
    uint32_t user;
    int64_t start_us;
    size_t first, count;
};

struct history {
    struct visit *stays; /* by (user, arrival) */
    size_t stay_count;
    struct history_user *users;
    uint32_t user_count;
    struct history_month *months; /* active ones, by (user, start) */
    size_t month_count;
    int64_t start_unix_s;                        /* a Monday */
    int64_t first_month, end_month;              /* months that the recording covers whole, from the start */
    size_t odd_energy_count, odd_duration_count; /* left out by cleaning */
};

/* start_unix_s: civil second of the replay's time 0. Returns false when memory is out. Owns: history_close. */
bool history_init(struct history *history, const struct replay *replay, int64_t start_unix_s)
    __attribute__((warn_unused_result));
void history_close(struct history *history);
/* Sessions and kWh per active outlet and day; there are active months. */
void history_level(double *sessions, double *asked_kwh, const struct history *history);
/* The civil second of the Monday 00:00 at or before unix_s. */
int64_t history_monday(int64_t unix_s);

#endif
