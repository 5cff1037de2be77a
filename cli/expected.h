/* expected.h: what a scenario gave when its results were accepted: SCENARIO.expected beside SCENARIO.lua.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A text file made for version control, words parted by tabs:
 *
 *   konsento expected 1
 *   replications N
 *   seed S
 *   margin P                            percent; may be edited
 *   program NAME                        that made it; for the reader
 *   digest HEX
 *   metric ARM NAME VALUE...            one value per replication, - where there is none
 *   margin_of NAME P                    another margin for one metric; may be added
 *   row ARM REPLICATION DIGEST EVENTS STRIDE TAGS
 */
#ifndef KONSENTO_CLI_EXPECTED_H
#define KONSENTO_CLI_EXPECTED_H

#include "analysis/pool.h"
#include "analysis/results.h"
#include "cli/event_tags.h"

struct expected_metric {
    const char *arm, *name;
    double *values; /* one per replication, NaN where there is none */
};

struct expected_row {
    const char *arm, *digest;
    uint32_t replication;
    struct event_tags tags; /* text "" where a laboratory has none */
};

struct expected {
    struct pool pool;
    uint64_t seed;
    uint32_t replications;
    double margin; /* a share */
    const char *digest, *program;
    struct expected_metric *metrics;
    size_t metric_count;
    struct expected_row *rows;
    size_t row_count;
    struct expected_margin {
        const char *name;
        double margin;
    } * margins;
    size_t margin_count;
};

enum expected_result { EXPECTED_OK, EXPECTED_NONE, EXPECTED_WRONG };
/* NONE: no such file. WRONG: the reason is told. Owns: expected_close if OK. */
enum expected_result expected_read(struct expected *expected, const char *path);
void expected_close(struct expected *expected);
/* The margin of a metric. */
double expected_margin(const struct expected *expected, const char *metric);

/* Writes it through PATH.tmp. Returns false with the reason told. */
bool expected_write(const char *path, const struct expected *expected);

#endif
