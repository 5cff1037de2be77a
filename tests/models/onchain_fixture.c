/* onchain_fixture.c: worlds with an on-chain rail, and their event rows, for tests.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/onchain_fixture.h"

#include "models/calendar.h"
#include "tests/models/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t rows_get(const struct rows *rows, size_t row, size_t column)
{
    assert_true(row < rows->count && column < rows->columns);
    return rows->values[row * rows->columns + column];
}

static void rows_add(struct rows *rows, const int64_t *values, size_t columns)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity == 0 ? 64 : 2 * rows->capacity;
        rows->values = realloc(rows->values, rows->capacity * columns * sizeof values[0]);
        assert_non_null(rows->values);
    }
    rows->columns = columns;
    memcpy(rows->values + rows->count++ * columns, values, columns * sizeof values[0]);
}

static void keep_row(void *self, size_t table, const int64_t *values)
{
    struct onchain_fixture *fixture = self;
    struct rows *rows = table == EVENT_TABLE_SESSION   ? &fixture->sessions
                        : table == EVENT_TABLE_PAYMENT ? &fixture->payments
                                                       : NULL;
    if (rows != NULL)
        rows_add(rows, values, event_tables[table].column_count);
}

static size_t column_of(size_t table, const char *name)
{
    for (size_t i = 0; i < event_tables[table].column_count; i++)
        if (strcmp(event_tables[table].columns[i], name) == 0)
            return i;
    fail_msg("no column %s", name);
    return 0;
}

size_t session_column(const char *name)
{
    return column_of(EVENT_TABLE_SESSION, name);
}

size_t payment_column(const char *name)
{
    return column_of(EVENT_TABLE_PAYMENT, name);
}

void onchain_fixture_config(struct onchain_fixture *fixture)
{
    struct world_config *config = &fixture->base.config;
    *fixture = (struct onchain_fixture){0};
    fixture_config(config);
    config->building.outlets.meter_resolution_uj = 1;
    chain_config_init(&config->chain, CHAIN_ERA_EMPTY);
    config->chain.miner_count = 1;
    config->chain.template_us = 0;
    config->chain.empty_ppm = 0;
    config->rails[0] = (struct rail_config){
        .kind = RAIL_ONCHAIN,
        .name = "onchain",
        .onchain = {.settled_confirmations = 1,
                    .final_confirmations = 6,
                    .demoted_confirmations = 1,
                    .listen_us = 3 * SECOND_US,
                    .cap_payer_msat = CONFIG_MSAT_UNLIMITED,
                    .cap_outlet_msat = CONFIG_MSAT_UNLIMITED,
                    .cap_building_msat = CONFIG_MSAT_UNLIMITED,
                    .grace_msat = CONFIG_MSAT_UNLIMITED,
                    .grace_us = INT64_MAX,
                    .operator_feerate = {.kind = FEERATE_FIXED, .rate_sat_per_kwu = 250},
                    .float_sat = 1000000,
                    .payer_feerate = {.kind = FEERATE_FIXED, .rate_sat_per_kwu = 250},
                    .bump_after_blocks = 1,
                    .coins = 4,
                    .coin_sat = 1000000},
    };
}

void onchain_fixture_run(struct onchain_fixture *fixture, const char *rows)
{
    fixture->events = (struct world_events){.self = fixture, .row = keep_row};
    fixture->base.order.events = &fixture->events;
    fixture_open(&fixture->base, rows);
    fixture_run(&fixture->base, fixture->metrics);
}

void onchain_fixture_close(struct onchain_fixture *fixture)
{
    fixture_close(&fixture->base);
    free(fixture->sessions.values);
    free(fixture->payments.values);
}

void onchain_fixture_run_timetable(struct onchain_fixture *fixture, const struct onchain_timetable *timetable)
{
    size_t size = (size_t)timetable->count * 64 + 1, length = 0;
    char *rows = malloc(size);
    assert_non_null(rows);
    for (int i = 0; i < timetable->count; i++) {
        int at_min = 10 + i * timetable->every_min;
        length += (size_t)snprintf(rows + length, size - length, "c%d,%d,%d,%.3f,60\n", i % timetable->cars, at_min,
                                   at_min + timetable->stay_min, timetable->kwh);
    }
    if (fixture->base.config.duration_us < (timetable->count * timetable->every_min + 720) * MINUTE_US)
        fixture->base.config.duration_us = (timetable->count * timetable->every_min + 720) * MINUTE_US;
    onchain_fixture_run(fixture, rows);
    free(rows);
    assert_int_equal(fixture->sessions.count, timetable->count);
}

int64_t session_value(const struct onchain_fixture *fixture, size_t session, const char *name)
{
    return rows_get(&fixture->sessions, session, session_column(name));
}

int64_t payment_value(const struct onchain_fixture *fixture, size_t row, const char *name)
{
    return rows_get(&fixture->payments, row, payment_column(name));
}

size_t payment_count(const struct onchain_fixture *fixture, int kind)
{
    size_t count = 0, column = payment_column("kind");
    for (size_t i = 0; i < fixture->payments.count; i++)
        count += rows_get(&fixture->payments, i, column) == kind;
    return count;
}

int64_t payment_row(const struct onchain_fixture *fixture, size_t session, int kind)
{
    int64_t key = session_value(fixture, session, "session");
    size_t keys = payment_column("session"), kinds = payment_column("kind");
    for (size_t i = 0; i < fixture->payments.count; i++)
        if (rows_get(&fixture->payments, i, keys) == key && rows_get(&fixture->payments, i, kinds) == kind)
            return (int64_t)i;
    return -1;
}
