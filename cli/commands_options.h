/* commands_options.h: options that several commands have, and the option tables of studies.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_COMMANDS_OPTIONS_H
#define KONSENTO_CLI_COMMANDS_OPTIONS_H

#include "cli/options.h"

#define REPLICATIONS_MAX 10000000
#define JOBS_MAX         1024

#define HELP_OPTION                                                                                                    \
    {                                                                                                                  \
        .id = OPTION_HELP, .letter = 'h', .kind = OPTION_FLAG, .name = "help", .help = "show this help"                \
    }
#define SET_OPTION                                                                                                     \
    {                                                                                                                  \
        .id = OPTION_SET, .kind = OPTION_SETTING, .name = "set", .value = "NAME=VALUE",                                \
        .help = "set a parameter of the scenario, or any field by its path; may be repeated"                           \
    }
#define OUTPUT_FILE_OPTION                                                                                             \
    {                                                                                                                  \
        .id = OPTION_OUTPUT, .letter = 'o', .kind = OPTION_PATH, .name = "output", .value = "FILE",                    \
        .help = "write to FILE"                                                                                        \
    }

#define SEED_OPTION                                                                                                    \
    {                                                                                                                  \
        .id = OPTION_SEED, .letter = 's', .kind = OPTION_NUMBER, .name = "seed", .value = "S",                         \
        .help = "seed of the study (default: as the scenario says)", .max = UINT64_MAX                                 \
    }
#define JOBS_OPTION                                                                                                    \
    {                                                                                                                  \
        .id = OPTION_JOBS, .letter = 'j', .kind = OPTION_NUMBER, .name = "jobs", .value = "N",                         \
        .help = "threads (default: the cores of this machine); never changes a result", .min = 1, .max = JOBS_MAX      \
    }
#define QUIET_OPTION                                                                                                   \
    {                                                                                                                  \
        .id = OPTION_QUIET, .letter = 'q', .kind = OPTION_FLAG, .name = "quiet",                                       \
        .help = "nothing on standard error but errors"                                                                 \
    }
#define METRICS_OPTION                                                                                                 \
    {                                                                                                                  \
        .id = OPTION_SHOW_METRICS, .kind = OPTION_TEXT, .name = "metrics", .value = "NAMES",                           \
        .help = "metrics to show, with commas between (default: those of targets and thresholds, and the usual ones)"  \
    }

#define EVENTS_STORED_OPTION                                                                                           \
    {                                                                                                                  \
        .id = OPTION_EVENTS, .kind = OPTION_TEXT, .name = "events", .value = "KINDS",                                  \
        .help = "store rows of events too: names of event tables with commas between, or 'all'"                        \
    }
#define TRACE_REPS_OPTION                                                                                              \
    {                                                                                                                  \
        .id = OPTION_TRACE_REPS, .kind = OPTION_TEXT, .name = "trace-reps", .value = "RANGE",                          \
        .help = "store events and chains of these replications only, from 0: 3, 0-2, 0-2,9 (default: all)"             \
    }
#define CHAIN_STORED_OPTION                                                                                            \
    {                                                                                                                  \
        .id = OPTION_CHAIN, .kind = OPTION_FLAG, .name = "chain",                                                      \
        .help = "store every block of the public chain too, for konsento export --chain"                               \
    }
#define TIE_FUZZ_OPTION                                                                                                \
    {                                                                                                                  \
        .id = OPTION_TIE_FUZZ, .kind = OPTION_NUMBER, .name = "tie-fuzz", .value = "N",                                \
        .help = "permute events at equal time and phase with key N, to prove that no result leans on their order",     \
        .max = UINT64_MAX                                                                                              \
    }
#define FORCE_OPTION                                                                                                   \
    {                                                                                                                  \
        .id = OPTION_FORCE, .kind = OPTION_FLAG, .name = "force",                                                      \
        .help = "start anew: remove the results that the folder holds"                                                 \
    }
#define NO_REPORT_OPTION                                                                                               \
    {                                                                                                                  \
        .id = OPTION_NO_REPORT, .kind = OPTION_FLAG, .name = "no-report", .help = "write no report.html"               \
    }

/* Of sweep, merge, status, diff, replay, test: so many options each. */
#define SWEEP_OPTIONS  24
#define MERGE_OPTIONS  6
#define STATUS_OPTIONS 2
#define DIFF_OPTIONS   4
#define REPLAY_OPTIONS 5
#define TEST_OPTIONS   10

extern const struct option_info sweep_options[SWEEP_OPTIONS];
extern const struct option_info merge_options[MERGE_OPTIONS];
extern const struct option_info status_options[STATUS_OPTIONS];
extern const struct option_info diff_options[DIFF_OPTIONS];
extern const struct option_info replay_options[REPLAY_OPTIONS];
extern const struct option_info test_options[TEST_OPTIONS];

#endif
