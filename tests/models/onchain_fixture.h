/* onchain_fixture.h: worlds with an on-chain rail, and their event rows, for tests.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_MODELS_ONCHAIN_FIXTURE_H
#define KONSENTO_TESTS_MODELS_ONCHAIN_FIXTURE_H

#include "tests/models/fixture.h"

#define ROW_COLUMNS_MAX 24

/* Rows of one event table, as they were written. */
struct rows {
    size_t columns, count, capacity;
    int64_t *values;
};
int64_t rows_get(const struct rows *rows, size_t row, size_t column);

struct onchain_fixture {
    struct fixture base;
    struct world_events events;
    struct rows sessions, payments;
    double metrics[METRIC_COUNT];
};

/* fixture_config with an on-chain rail: no confirmations, direct delivery, 1 sat/vB, 3 s of listening, no caps, no
 * grace, no records; one miner, nobody else on the chain, no templates and delays; 1,000,000 yen per bitcoin. */
void onchain_fixture_config(struct onchain_fixture *fixture);
/* Runs the rows; fails the test if an audit fails. Owns: onchain_fixture_close. */
void onchain_fixture_run(struct onchain_fixture *fixture, const char *rows);
void onchain_fixture_close(struct onchain_fixture *fixture);

/* Columns of the tables, by name; fails the test if there is none. */
size_t session_column(const char *name);
size_t payment_column(const char *name);

/* Sessions one after the other, at so many cars in turn. */
struct onchain_timetable {
    int count, every_min, stay_min, cars;
    double kwh;
};
/* Runs them, with twelve hours behind the last. */
void onchain_fixture_run_timetable(struct onchain_fixture *fixture, const struct onchain_timetable *timetable);

/* A column of a row, by name; how many events of a kind there were; the first row of a kind in a session, -1: none. */
int64_t session_value(const struct onchain_fixture *fixture, size_t session, const char *name);
int64_t payment_value(const struct onchain_fixture *fixture, size_t row, const char *name);
size_t payment_count(const struct onchain_fixture *fixture, int kind);
int64_t payment_row(const struct onchain_fixture *fixture, size_t session, int kind);

#endif
