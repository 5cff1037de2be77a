/* fixture.h: small worlds for the tests of models/.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_MODELS_FIXTURE_H
#define KONSENTO_TESTS_MODELS_FIXTURE_H

#include "models/build.h"

#define KWH_UJ INT64_C(3600000000000)

/* 200 V 16 A outlets, one per car; ideal batteries; a rail that answers and settles at once, free of charge; 30 yen per
 * kWh, the whole demand in one payment; ten cars for 7 days; time 0 is Monday 2020-01-06. */
void fixture_config(struct world_config *config);
/* Parses derived-format rows (header added). Fails the test if they are not right. Owns: replay_close. */
void fixture_replay(struct replay *replay, const char *rows);

/* A world that lives from fixture_open to fixture_close. */
struct fixture {
    struct world_config config;
    struct world_order order;
    struct replay replay;
    const struct abroad_map *map; /* of a public graph; NULL: none */
    struct world world;
};
/* In: fixture->config as changed after fixture_config, rows (NULL: generated cars). */
void fixture_open(struct fixture *fixture, const char *rows);
/* Runs to the end and finishes; fails the test if an audit fails. Metrics go to metrics (may be NULL). */
void fixture_run(struct fixture *fixture, double metrics[METRIC_COUNT]);
void fixture_close(struct fixture *fixture);
/* open, run, close. */
void fixture_metrics(struct fixture *fixture, double metrics[METRIC_COUNT], const char *rows);

/* Runs a world whose cars come from the one file that config names; fails the test if it cannot. Owns:
 * world_result_close. */
void fixture_run_file(struct world_result *result, const struct world_config *config);

/* Fails the test if two numbers differ by more than tolerance. */
void assert_near(double actual, double expected, double tolerance);

#endif
