/* judge.h: the thresholds of a study, stored with its results and judged from its rows; its report.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_JUDGE_H
#define KONSENTO_CLI_JUDGE_H

#include "analysis/estimate.h"
#include "analysis/pool.h"
#include "analysis/results.h"
#include "analysis/threshold.h"
#include "scenarios/lang/scenario.h"

/* One threshold on one rail or experiment. */
struct judgement {
    const char *text, *rail, *metric, *op;
    double limit;
    size_t config;
    struct estimate estimate;
    enum verdict verdict;
    bool is_spared; /* it fails by itself, but not as one of many (Holm): undecided */
};

struct judgements {
    struct pool pool;
    struct judgement *list;
    size_t count;
    enum verdict verdict; /* of all; undecided also if a replication failed and nothing else did */
    size_t failed_rows;
};

/* The level of the intervals that thresholds are judged by: 95 %, or more where they may be looked at more than once
 * (scenario.replications_max): the chance of a wrong verdict is shared among the looks (Bonferroni). */
double judge_level(const struct scenario *scenario);

/* The scenario's thresholds as the text that goes into the provenance; malloc'ed, NULL when memory is out. */
char *judge_store(const struct scenario *scenario);

/* Reads them from the provenance and judges each on every rail it speaks of. One that all of an interval is outside of
 * fails if it does so among all thresholds of the study too, by Holm's procedure: with many thresholds some would fail
 * by chance. A pass needs no such care, because all must pass. Returns false, with the reason told, when
 * memory is out or the text is not one of ours. Owns: judge_close if true. */
bool judge_results(struct judgements *judgements, const struct results *results);
void judge_close(struct judgements *judgements);

/* The rail of a configuration, or its experiment. */
const char *judge_rail(const struct results *results, size_t config);
/* Writes the report of these results. Returns false with the reason told. */
bool judge_write_report(const char *path, struct judgements *judgements, const struct results *results);
/* The same as Markdown, or compared with other results. */
struct judge_report {
    const char *path;
    bool is_markdown;
    const struct results *other; /* NULL: none */
    const char *other_name;
};
bool judge_write_report_as(const struct judge_report *report, struct judgements *judgements,
                           const struct results *results);

#endif
