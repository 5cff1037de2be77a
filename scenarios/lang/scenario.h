/* scenario.h: a Lua scenario file read, checked and completed.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   file.lua + --set  -->  sandbox (Lua 5.4)  -->  one table  -->  schema check  -->  struct scenario
 *
 * All errors are found in one go and given as diagnostics with file, line and column; nothing is printed here.
 * Loading is deterministic: the same text and settings give the same scenario and the same canonical dump.
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCENARIO_H
#define KONSENTO_SCENARIOS_LANG_SCENARIO_H

#include "models/config.h"
#include "models/lab/metrics.h"
#include "models/world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SCENARIO_PARAMS_MAX      64
#define SCENARIO_THRESHOLDS_MAX  64
#define SCENARIO_DIAGNOSTICS_MAX 100

struct scenario_diagnostic {
    char file[256];        /* "--set": what was typed there */
    unsigned line, column; /* 0: no place (a --set, the file as a whole) */
    bool is_note;          /* k.note: a remark to the user, not an error */
    char text[400];
};

/* One --set name=value or path=value. */
struct scenario_setting {
    const char *path, *value;
};

/* A declared parameter, completed. */
struct scenario_param {
    const char *name, *value, *default_value, *help, *kind; /* kind: "number", "string", or the unit's dimension */
};

enum threshold_op { THRESHOLD_LT, THRESHOLD_LE, THRESHOLD_GT, THRESHOLD_GE };
struct scenario_threshold {
    const char *text; /* as written */
    unsigned line, column;
    size_t metric; /* as scenario_metric counts */
    enum threshold_op op;
    double limit; /* in the metric's unit */
    int32_t arm;  /* as scenario_arm_name counts, -1: every one */
};

struct scenario_source {
    const char *path, *text; /* the file itself first, then includes in order of loading */
};

/* What a scenario says about the chain; where it says SCENARIO_ERA, the era decides. */
#define SCENARIO_ERA        (-1)
#define SCENARIO_GROWTH_ERA INT64_MIN
struct scenario_chain {
    int era; /* enum chain_era */
    uint64_t background_seed;
    const char *trace_path; /* NULL: none */
    int64_t block_target_us, growth_ppm;
    struct chain_miner miners[CHAIN_MINERS_MAX];
    size_t miner_count; /* 0: as measured */
    int64_t template_us, empty_ppm;
    int64_t tx_delay_us, tx_delay_sigma_ppm, block_delay_us, block_delay_sigma_ppm;
    int gossip; /* enum chain_gossip */
    int policy; /* enum chain_policy */
    int64_t min_relay_sat_per_kwu, full_rbf_ppm;
    uint32_t peers, observers;
    int64_t attacker_share_ppm;
    struct chain_reorg reorgs[CHAIN_REORGS_MAX];
    size_t reorg_count;
};

/* An outlet that is a device; models know nothing of it. Strings are "" where nothing was said. */
#define SCENARIO_DEVICES_MAX 64
enum scenario_driver { SCENARIO_DRIVER_MQTT, SCENARIO_DRIVER_OCPP, SCENARIO_DRIVER_MODBUS };
struct scenario_device {
    int driver; /* enum scenario_driver */
    const char *address, *dialect, *options;
    uint32_t outlet; /* from 1; 0: as it stands among the devices of its rail */
    const char *rail;
    int is_virtual;
    int64_t lease_us, meter_us, resolution_uj, modulus_uj; /* resolution 0: the building's; modulus 0: none */
    int64_t idle_below_w, idle_us, leak_w;
    const char *user, *password_file, *ca_file, *cert_file, *key_file;
};

/* What konsento sweep is to do if the command says nothing else. Strings are "" where nothing was said. */
#define SCENARIO_AXES_MAX    32
#define SCENARIO_TARGETS_MAX 16
struct scenario_axis {
    const char *over, *values;
};
struct scenario_target {
    const char *metric, *within;
};
struct scenario_sweep {
    struct scenario_axis axes[SCENARIO_AXES_MAX];
    size_t axis_count;
    const char *where, *sample;
    struct scenario_target targets[SCENARIO_TARGETS_MAX];
    size_t target_count;
    uint32_t replications_max;
};

struct scenario {
    struct world_config config;  /* of a laboratory: its name alone */
    struct lab_config lab;       /* if the file returns k.lab: then it has experiments */
    struct scenario_chain chain; /* as written; config.chain is it completed */
    uint64_t seed;               /* default seed of the study */
    uint32_t replications;       /* default number */
    uint32_t replications_max;   /* where a threshold is undecided; 0: no more than that */
    struct scenario_device devices[SCENARIO_DEVICES_MAX];
    size_t device_count;
    struct scenario_sweep sweep;
    const char *baseline; /* rail that the others are compared with; "": the first one */
    struct scenario_param params[SCENARIO_PARAMS_MAX];
    size_t param_count;
    struct scenario_threshold thresholds[SCENARIO_THRESHOLDS_MAX];
    size_t threshold_count;
    const struct scenario_source *sources;
    size_t source_count;
    const char *completed; /* the completed table as canonical Lua text: `check --show`, and part of the identity */
    struct scenario_owned *owned; /* memory and the Lua state */
};

/* What a study compares: the rails of a building, or the experiments of a laboratory. */
bool scenario_is_lab(const struct scenario *scenario);
const char *scenario_arm_word(const struct scenario *scenario); /* "rail", "experiment" */
size_t scenario_arm_count(const struct scenario *scenario);
const char *scenario_arm_name(const struct scenario *scenario, size_t arm);
/* The one that the others are compared with. */
size_t scenario_baseline(const struct scenario *scenario);
/* The rail of a device, by its index; config.rail_count: none of that name. */
size_t scenario_device_rail(const struct scenario *scenario, size_t device);
/* The columns of its results: the metrics of worlds, or those that its experiments have. */
size_t scenario_metric_count(const struct scenario *scenario);
const struct metric_info *scenario_metric(const struct scenario *scenario, size_t metric);

/* Does it give functions that are called while it runs? Then each thread needs a worker. */
bool scenario_has_callbacks(const struct scenario *scenario);

struct scenario_limits {
    uint64_t instructions; /* while loading; 0: 50,000,000 */
    size_t memory_bytes;   /* 0: 32 MiB */
    int64_t callback_us;   /* watchdog of loading and of each callback, in processor time of its thread; 0: 2 s */
    /* Called on the watchdog thread when Lua cannot be stopped from inside (a C function that does not return):
     * says what hung; must not return (the caller prints and ends the process). NULL: abort. */
    void (*hung)(const char *what);
};

/* Reads path. Returns true and fills *scenario if there is no error; notes may come with success.
 * diagnostics: capacity SCENARIO_DIAGNOSTICS_MAX, sorted by file, line, column. Owns: scenario_close. */
bool scenario_open(struct scenario *scenario, struct scenario_diagnostic *diagnostics, size_t *diagnostic_count,
                   const char *path, const struct scenario_setting *settings, size_t setting_count,
                   const struct scenario_limits *limits);
void scenario_close(struct scenario *scenario);

/* One worker's own Lua state with the scenario's callbacks: the same text loaded again. Returns NULL when memory is
 * out. `begin` sets the replication's random streams (k.rng) before each run. Owns: scenario_worker_close. */
struct scenario_worker;
struct scenario_worker *scenario_worker_open(const struct scenario *scenario);
void scenario_worker_begin(struct scenario_worker *worker, uint64_t seed, uint32_t replication);
const struct world_callbacks *scenario_worker_callbacks(struct scenario_worker *worker);
/* Has the watchdog stopped a callback since `begin`? Such a replication is no result: another machine may be faster. */
bool scenario_worker_was_slow(const struct scenario_worker *worker);
void scenario_worker_close(struct scenario_worker *worker);

/* The schema in its printed forms; each is a pure function of the one table in schema.c, SCHEMA_METRICS of the tables
 * in models/. */
enum schema_form { SCHEMA_JSON, SCHEMA_LUALS, SCHEMA_MARKDOWN, SCHEMA_HELP, SCHEMA_METRICS };
void schema_write(FILE *out, enum schema_form form);

#endif
