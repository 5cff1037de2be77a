/* options.h: one table of commands and options, and the parser that walks it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same table (commands.c) drives parsing, --help, shell completion and docs/commands.md. Forms understood:
 * --name value, --name=value, -x value, -xvalue, and -- before words that begin with a dash. Options and words may be
 * mixed. A mistyped command or option is an error that names the nearest one.
 */
#ifndef KONSENTO_CLI_OPTIONS_H
#define KONSENTO_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_id {
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_VERBOSE,
    OPTION_SET,
    OPTION_REPS,
    OPTION_ONLY,
    OPTION_SEED,
    OPTION_JOBS,
    OPTION_OUTPUT,
    OPTION_JSON,
    OPTION_CSV,
    OPTION_SERIES,
    OPTION_EVENTS,
    OPTION_TRACE_REPS,
    OPTION_CHAIN,
    OPTION_WHERE,
    OPTION_REPLICATION,
    OPTION_TIE_FUZZ,
    OPTION_QUIET,
    OPTION_NO_REPORT,
    OPTION_FORCE,
    OPTION_SHOW,
    OPTION_GITHUB,
    OPTION_LUALS,
    OPTION_MARKDOWN,
    OPTION_METRICS,
    OPTION_GNUPLOT,
    OPTION_COMPARE,
    OPTION_MD,
    OPTION_LOCATION,
    OPTION_ELSEWHERE,
    OPTION_AXIS,
    OPTION_SAMPLE,
    OPTION_FILTER,
    OPTION_TARGET,
    OPTION_MAX_REPS,
    OPTION_SHOW_METRICS,
    OPTION_DRY_RUN,
    OPTION_SHARD,
    OPTION_SHARDS,
    OPTION_EMIT,
    OPTION_PARTIAL,
    OPTION_MARGIN,
    OPTION_ALL,
    OPTION_UNTIL,
    OPTION_TRACE,
    OPTION_ACCEPT,
    OPTION_NO_DIGEST,
    OPTION_JUNIT,
    OPTION_TAP,
    OPTION_NETCDF,
    OPTION_PROFILE,
    OPTION_TASMOTA,
    OPTION_SHELLY,
    OPTION_ZIGBEE,
    OPTION_OCPP,
    OPTION_MODBUS_TCP,
    OPTION_MODBUS_RTU,
    OPTION_FAULT,
    OPTION_TRUTH,
    OPTION_POWER,
    OPTION_DEMAND,
    OPTION_RESOLUTION,
    OPTION_COUNTER,
    OPTION_PERIOD,
    OPTION_DIALECT,
    OPTION_USER,
    OPTION_PASSWORD_FILE,
    OPTION_LAG,
    OPTION_LAG_LIMIT,
    OPTION_AWAKE,
    OPTION_RATE,
    OPTION_ALLOW_NETWORK,
    OPTION_UNSAFE,
    OPTION_SETTLEMENTS,
    OPTION_LOOKED_AT,
    OPTION_CA,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_COUNT
};

/* What follows an option. */
enum option_kind {
    OPTION_FLAG,
    OPTION_NUMBER, /* a whole number from min to max */
    OPTION_TEXT,
    OPTION_SETTING, /* name=value; may be given many times */
    OPTION_PATH
};

struct option_info {
    enum option_id id;
    char letter; /* 0: none */
    enum option_kind kind;
    const char *name;
    const char *value; /* its name in help; NULL for a flag */
    const char *help;
    uint64_t min, max;
};

/* What the words of a command are, for completion. */
enum word_kind { WORDS_NONE, WORDS_SCENARIO, WORDS_RESULTS, WORDS_SESSIONS, WORDS_NAME, WORDS_SHELL, WORDS_TOPIC };

struct arguments;

struct command {
    const char *name;
    const char *synopsis; /* after the name: "FILE [options]" */
    const char *summary;  /* one line */
    const char *text;     /* the rest of its help, ended by a newline each line; may be "" */
    enum word_kind words;
    size_t words_min, words_max;
    const struct option_info *options;
    size_t option_count;
    int (*run)(const struct arguments *arguments); /* returns an exit code */
};

#define ARGUMENTS_SETTINGS_MAX 256
#define ARGUMENTS_WORDS_MAX    4096
#define ARGUMENTS_PAIRS_MAX    64

/* A parsed command line; strings are argv's own. */
struct arguments {
    const struct command *command;
    bool given[OPTION_COUNT];
    const char *text[OPTION_COUNT];
    uint64_t number[OPTION_COUNT];
    const char *settings[ARGUMENTS_SETTINGS_MAX]; /* each "name=value" */
    size_t setting_count;
    struct argument_pair {
        enum option_id option; /* --axis and --target, in their order */
        const char *text;      /* "name=value" */
    } pairs[ARGUMENTS_PAIRS_MAX];
    size_t pair_count;
    const char *words[ARGUMENTS_WORDS_MAX];
    size_t word_count;
};

/* Parses what follows the command's name. Returns true, or false with the reason in why. With --help the words are not
 * counted. */
bool options_parse(struct arguments *arguments, char *why, size_t why_size, const struct command *command,
                   const char *const *argv);

/* A whole number in decimal, nothing before or after it. Returns false if it is none, or outside min..max. */
bool options_number(uint64_t *number, const char *text, uint64_t min, uint64_t max);

#endif
