/* world.h: one world, built from one checked config and run once: the models' whole face to the commands.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   world_config --+
 *   world_input  --+--> world_run --> world_result (metrics, digest, load series, rows of events)
 *   world_order  --+
 *
 * Input files are read once and shared, read-only, by all threads. A run is a function of (config, input, seed,
 * replication, rail, tie_fuzz, callbacks); it prints nothing and touches no file.
 */
#ifndef KONSENTO_MODELS_WORLD_H
#define KONSENTO_MODELS_WORLD_H

#include "models/calendar.h"
#include "models/config.h"
#include "models/input.h"
#include "models/metrics.h"
#include "sim/kernel.h"
#include "sim/ports.h"

struct world_input;

/* Reads every file the config names. problems: room for INPUT_PROBLEMS_MAX. Returns NULL if an error was found (all
 * errors up to INPUT_PROBLEMS_MAX, with the count of further ones in the last text). Notes (rows left out, "arrivals
 * are generated") may come with success. */
struct world_input *world_input_open(struct input_problem *problems, size_t *problem_count,
                                     const struct world_config *config);
/* The same for a laboratory (models/lab/lab.h): path of real block times, NULL: none. */
struct world_input *world_input_open_trace(struct input_problem *problems, size_t *problem_count, const char *path);
void world_input_close(struct world_input *input);

/* Files read, for the provenance: path as given, SHA-256 of the bytes. */
size_t world_input_file_count(const struct world_input *input);
void world_input_file(const char **path, uint8_t sha256[32], const struct world_input *input, size_t index);

/* What an aggregator knows when a slot begins; models/market/aggregator.h. */
struct dispatch_state {
    struct civil_time t;
    int64_t load_w, charging_w; /* of the whole building, of cars: mean of the last slot */
    int64_t baseline_w;         /* of the slot that begins; 0 if it has none */
    bool has_baseline;
    int64_t feed_w; /* what cars could give now */
};

/* Callbacks of the scenario, one set per worker thread. NULL members: not used by this config. */
struct world_callbacks {
    void *self;
    /* Price at t. Returns false if the callback failed; the reason is in why. */
    bool (*tariff)(void *self, int64_t *price_uyen_per_kwh, const struct civil_time *t, char *why, size_t why_size);
    /* Reduction requested in the slot that begins at t. Returns false as above. */
    bool (*dispatch)(void *self, int64_t *request_w, const struct dispatch_state *state, char *why, size_t why_size);
};

/* One row of the opt-in event tables, see event_tables in metrics.h. */
struct world_events {
    void *self;
    /* values: as many int64 as the table has columns; valid during the call. */
    void (*row)(void *self, size_t table, const int64_t *values);
};

/* Every block of the run's chain, as blk*.dat files have them (chain_export); none if the rail has no chain. Calls come
 * when the run has ended. */
struct world_blocks {
    void *self;
    void (*bytes)(void *self, const uint8_t *bytes, size_t length);
};

/* Outlets that are devices instead of models, and the clock that they keep: filled by who joins both. */
struct world_device {
    uint32_t outlet;   /* its number in the building, from 0 */
    int64_t unseen_us; /* full power may flow for so long before the world knows: the period of its meter, its lease */
};
/* What the world hears from outside, inside an event. */
struct world_ears {
    struct outlet_listener outlets; /* devices by their index */
    /* An invoice of k.rail.node was paid. Returns whether it counts: it is known, and was not told before. */
    bool (*on_paid)(void *self, const uint8_t payment_hash[32]);
};
struct world_devices {
    void *self;
    const struct world_device *devices;
    uint32_t count;
    int64_t closing_us; /* before the end of the run devices are switched off for good, to be read once more */
    /* The kernel is there: makes the ports; false: it cannot, and has told why. Ears are copied. */
    bool (*open)(void *self, struct sim *sim, const struct world_ears *ears, const volatile int *interrupt);
    struct outlet_port (*port)(void *self, uint32_t device);
    /* Runs the kernel until until_us, in step with the devices. */
    enum sim_end (*run)(void *self, struct sim *sim, int64_t until_us);
};

struct world_order {
    uint64_t seed;
    uint32_t replication;
    uint32_t rail; /* index in config->rails */
    uint64_t tie_fuzz;
    uint64_t audit_every;                    /* events between two audits; 0: the kernel's default */
    const volatile int *interrupt;           /* may be NULL */
    const struct world_callbacks *callbacks; /* may be NULL */
    const struct world_events *events;       /* may be NULL */
    const struct world_blocks *blocks;       /* may be NULL */
    const struct world_devices *devices;     /* may be NULL */
    void (*observe)(void *self, const struct sim_executed *event, const char *kind_name); /* may be NULL */
    void *observe_self;
};

struct world_result {
    enum sim_end end;
    bool failed; /* audit or callback failure: failure says what, at which time and event number */
    char failure[512];
    bool deterministic; /* no random stream was opened: every replication is this one */
    uint8_t digest[32];
    uint64_t events; /* executed by the kernel */
    uint64_t ties;
    double metrics[METRIC_COUNT]; /* NaN: not defined in this run (say, a quantile of nothing) */
    float *load_w;                /* mean site load per series step; owned by the result */
    size_t load_count;
    int64_t stray_uj; /* that devices delivered while no car was plugged in */
};

/* Runs one replication with one rail. Returns false only when memory is out. Owns: free with world_result_close. */
bool world_run(struct world_result *result, const struct world_config *config, const struct world_input *input,
               const struct world_order *order);
void world_result_close(struct world_result *result);

#endif
