/* history.c: sessions by user, cleaned, and their active months.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/history.h"

#include "models/least.h"

#include <assert.h>
#include <stdlib.h>

int64_t history_monday(int64_t unix_s)
{
    int64_t since_monday_s = (unix_s + 3 * 86400) % (7 * 86400); /* 1970-01-01 was a Thursday */
    if (since_monday_s < 0)
        since_monday_s += 7 * 86400;
    return unix_s - since_monday_s;
}

/* A session as it is kept, or one of the two reasons why not. */
static bool is_kept(struct history *history, const struct replay_row *row)
{
    int64_t duration_us = row->departure_us - row->arrival_us;
    bool is_odd_energy = row->energy_uj <= HISTORY_ENERGY_MIN_UJ || row->energy_uj >= HISTORY_ENERGY_MAX_UJ;
    bool is_odd_duration = duration_us <= HISTORY_DURATION_MIN_US || duration_us >= HISTORY_DURATION_MAX_US;
    history->odd_energy_count += is_odd_energy;
    history->odd_duration_count += !is_odd_energy && is_odd_duration;
    return !is_odd_energy && !is_odd_duration;
}

/* Rows come by arrival; counting sort by user keeps that order within each. */
static void sort_by_user(struct history *history, const struct replay *replay, const unsigned char *keep,
                         int64_t shift_us)
{
    for (size_t i = 0; i < replay->row_count; i++)
        history->users[replay->rows[i].car].count += keep[i];
    size_t first = 0;
    for (uint32_t u = 0; u < history->user_count; u++) {
        history->users[u].first = first;
        first += history->users[u].count;
        history->users[u].count = 0;
    }
    history->stay_count = first;
    for (size_t i = 0; i < replay->row_count; i++) {
        const struct replay_row *row = &replay->rows[i];
        struct history_user *user = &history->users[row->car];
        if (keep[i])
            history->stays[user->first + user->count++] = (struct visit){.arrival_us = row->arrival_us + shift_us,
                                                                         .departure_us = row->departure_us + shift_us,
                                                                         .energy_uj = row->energy_uj};
    }
}

static void find_months(struct history *history, uint32_t number)
{
    struct history_user *user = &history->users[number];
    size_t end = user->first + user->count;
    for (size_t i = user->first; i < end;) {
        int64_t month = history->stays[i].arrival_us / HISTORY_MONTH_US;
        size_t next = i;
        while (next < end && history->stays[next].arrival_us / HISTORY_MONTH_US == month)
            next++;
        bool is_whole = month >= history->first_month && month < history->end_month;
        if (is_whole && next - i >= HISTORY_ACTIVE_SESSIONS) {
            history->months[history->month_count++] = (struct history_month){
                .user = number, .start_us = month * HISTORY_MONTH_US, .first = i, .count = next - i};
            user->month_count++;
        }
        i = next;
    }
}

/* Months are counted back from the last Monday of the recording. Sets which are whole; returns what to add to times. */
static int64_t place_months(struct history *history, const struct replay *replay, int64_t start_unix_s)
{
    int64_t first_us = INT64_MAX, last_us = INT64_MIN; /* rows come by arrival, but kept are only some of them */
    for (size_t i = 0; i < replay->row_count; i++) {
        first_us = min64(first_us, replay->rows[i].arrival_us);
        last_us = max64(last_us, replay->rows[i].arrival_us);
    }
    int64_t end_unix_s = history_monday(start_unix_s + (last_us + DAY_US) / SECOND_US);
    int64_t first_unix_s = start_unix_s + first_us / SECOND_US;
    int64_t month_s = HISTORY_MONTH_US / SECOND_US;
    history->end_month = (max64(end_unix_s - first_unix_s, 0) + month_s - 1) / month_s;
    history->start_unix_s = end_unix_s - history->end_month * month_s;
    if (history->start_unix_s > first_unix_s) /* the whole recording lies in its last week */
        history->start_unix_s -= month_s;
    history->first_month = first_unix_s - history->start_unix_s > DAY_US / SECOND_US;
    return (start_unix_s - history->start_unix_s) * SECOND_US;
}

bool history_init(struct history *history, const struct replay *replay, int64_t start_unix_s)
{
    *history = (struct history){.user_count = replay->car_count};
    size_t rows = replay->row_count + 1; /* never an empty allocation */
    unsigned char *keep = malloc(rows);
    history->stays = malloc(rows * sizeof history->stays[0]);
    history->months = malloc(rows * sizeof history->months[0]);
    history->users = calloc((size_t)replay->car_count + 1, sizeof history->users[0]);
    bool is_ready = keep != NULL && history->stays != NULL && history->months != NULL && history->users != NULL;
    if (is_ready && replay->row_count > 0) {
        for (size_t i = 0; i < replay->row_count; i++)
            keep[i] = is_kept(history, &replay->rows[i]);
        sort_by_user(history, replay, keep, place_months(history, replay, start_unix_s));
        for (uint32_t u = 0; u < history->user_count; u++)
            find_months(history, u);
    }
    if (!is_ready)
        history_close(history);
    free(keep);
    return is_ready;
}

void history_close(struct history *history)
{
    free(history->stays);
    free(history->months);
    free(history->users);
    *history = (struct history){0};
}

void history_level(double *sessions, double *asked_kwh, const struct history *history)
{
    assert(history->month_count > 0);
    double days = (double)history->month_count * HISTORY_MONTH_DAYS;
    *sessions = *asked_kwh = 0;
    for (size_t m = 0; m < history->month_count; m++) {
        const struct history_month *month = &history->months[m];
        *sessions += (double)month->count / days;
        for (size_t i = month->first; i < month->first + month->count; i++)
            *asked_kwh += (double)history->stays[i].energy_uj / 3.6e12 / days;
    }
}
