/* check.h: the table that a scenario returned, held against the schema and written into the C structs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   walk (check.c)        every class, every field, in the schema's order; unknown names; defaults; --set by path
 *   errors (complain.c)   their places; settings from the command line
 *   values (value.c)      one scalar: quantity, date, number, word, string, path; its range
 *   thresholds (limit.c)  "metric op value unit where rail=name"
 *   rules (rules.c)       what no single field can say: bands cover the day, names are unique, kW becomes A
 */
#ifndef KONSENTO_SCENARIOS_LANG_CHECK_H
#define KONSENTO_SCENARIOS_LANG_CHECK_H

#include "scenarios/lang/reader.h"
#include "scenarios/lang/schema.h"

#define CHECK_PATH_MAX 240
#define PENDING_MAX    (CONFIG_RAILS_MAX + 4)

/* A quantity in another dimension than the one kept; rules.c converts it once everything else is known. */
struct pending {
    const struct schema_field *field;
    int64_t *out;
    struct quantity quantity;
    char path[CHECK_PATH_MAX];
};

/* A path in its two forms: as opened and as written. */
struct given_path {
    const char *opened, *given;
};
#define GIVEN_PATHS_MAX 16

struct check {
    struct reader *reader;
    lua_State *lua;
    struct scenario *scenario;
    int root;                  /* stack index of the scenario's table */
    char path[CHECK_PATH_MAX]; /* of what is being checked: "rails[2].latency" */
    size_t path_length;
    struct pending pending[PENDING_MAX];
    size_t pending_count;
    struct given_path *given_paths; /* GIVEN_PATHS_MAX of them */
    size_t *given_path_count;
    const char **paths; /* every path that --set could name, kept only if there are settings */
    size_t path_count, path_capacity;
};

/* Checks the table at the top of the stack. scenario: zeroed but for what the caller owns. */
void check_scenario(struct check *check);

/* An error at the place of check->path, or of the path given (NULL: of check->path). */
void check_error(struct check *check, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
struct place check_place(struct check *check, const char *path);
/* Something required is not there: an error at the place of the table that should have it. */
void check_missing(struct check *check, const char *what);

/* The setting for a path (the last one, marked as used), NULL: none. */
const struct scenario_setting *check_setting(struct check *check, const char *path);

/* Fields of the table on top whose names are neither text nor numbers are errors, and are taken out. */
void check_keys(struct check *check, const char *what);
/* How many items the list on top of the stack has; everything in it that is no item is an error. */
lua_Integer check_list_length(struct check *check);
/* value.c: the value on top of the stack (nil: the default) into out. */
void check_value(struct check *check, const struct schema_field *field, void *out);
/* limit.c: the list at the top of the stack into scenario->thresholds. */
void check_thresholds(struct check *check);
/* rules.c */
void check_rules(struct check *check);
/* rules_market.c */
void check_trading(struct check *check);

#endif
