/* replay.h: recorded charging sessions read from a CSV file, strictly.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two formats, told apart by the header line:
 *   derived    evse,arrival_min,departure_min,energy_kwh,battery_kwh          minutes since time 0
 *   Norwegian  location;user_id;session_id;plugin_time;plugout_time;connection_time;energy_session
 *              civil times, decimal comma, quoted text, NA for missing (Sorensen et al. 2024, Zenodo 13896176)
 * Columns may come in any order; columns of other names are not read (a note says which). NA in battery_kwh means
 * unknown; a row with NA in another column that is read is left out, and a note counts such rows. Everything else that
 * is not a session is an error with its line.
 *
 * In the derived format car and outlet are the evse; in the Norwegian format they are the user, whose parking place has
 * its own outlet. Both are numbered in order of first appearance in time.
 */
#ifndef KONSENTO_MODELS_FLEET_REPLAY_H
#define KONSENTO_MODELS_FLEET_REPLAY_H

#include "models/config.h"
#include "models/input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLAY_ROWS_MAX 10000000
#define REPLAY_NAME_MAX 63 /* bytes of an evse, user or session name */

struct replay_row {
    int64_t arrival_us, departure_us; /* departure > arrival >= 0 */
    int64_t energy_uj;                /* at the outlet */
    int64_t battery_uj;               /* 0: unknown */
    uint32_t car;                     /* and its outlet, see above */
    unsigned line;
};

/* Rows by (arrival, line). */
struct replay {
    struct replay_row *rows;
    size_t row_count;
    uint32_t car_count;
    int64_t start_unix_s; /* Norwegian format: civil second that is time 0; else INT64_MIN */
    size_t missing_count; /* rows left out for NA in a column that is read */
    size_t faulty_count;  /* rows left out for other faults, if they may be */
};

/* Reads bytes[0..length). In: config->path names the file in messages. Returns true if there was no error; else *replay
 * is empty. Owns: replay_close. */
bool replay_read(struct replay *replay, struct input_report *report, const char *bytes, size_t length,
                 const struct replay_config *config) __attribute__((warn_unused_result));
void replay_close(struct replay *replay);

#endif
