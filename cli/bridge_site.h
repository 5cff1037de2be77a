/* bridge_site.h: one rail's devices in one run: what joins models/ and hwbridge/, which never see each other. [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   world ◄── struct world_devices ──► bridge_site ──► struct live: drivers, clock, journal     konsento bridge run
 *                                              └─────► struct replay: a journal                 konsento replay
 * FILE.hwj
 *
 * A journal that lies there already is of a run that was killed or stopped: it is replayed to its last record, and the
 * run goes on from there with devices, as much later on its axis as time has passed.
 */
#ifndef KONSENTO_CLI_BRIDGE_SITE_H
#define KONSENTO_CLI_BRIDGE_SITE_H

#include "cli/bridge_drivers.h"
#include "hwbridge/replay.h"
#include "hwbridge/settlement.h"

#include <pthread.h>

#define BRIDGE_FACTS_MAX 32

/* How a run keeps step, and where it writes; alike for all rails. */
struct bridge_settings {
    enum pace_policy policy;
    enum pace_rest rest;
    double rate;
    int64_t limit_us;
    const char *settlements; /* socket on which a node tells of payments; NULL: none */
};

/* What a journal says about its run, in order; compared when it goes on. */
struct bridge_fact {
    char key[32];
    char value[JOURNAL_TEXT_MAX];
};

/* What is known when it is over. */
struct bridge_outcome {
    bool has_run, has_resumed;
    enum sim_end end;
    struct histogram lag_us, service_us;
    int64_t slipped_us, resumed_us;          /* resumed: where on the axis */
    bool may_be_on[SCENARIO_DEVICES_MAX];    /* it did not confirm OFF at the end, or power flows though it did */
    int64_t unsafe_us[SCENARIO_DEVICES_MAX]; /* power could flow though nobody wanted it */
    size_t unconfirmed;                      /* outlets that may be on */
    struct live_tally tally;
    uint64_t settled, unsettled; /* payments of another node that counted; that had counted before */
    uint64_t journal_bytes, journal_lines;
    enum replay_result replay;
};

struct bridge_site {
    struct bridge_plan plan;
    const struct bridge_settings *settings;
    struct world_devices hook;
    char *journal_path;
    struct bridge_fact facts[BRIDGE_FACTS_MAX];
    size_t fact_count;
    bool is_looked_at[SCENARIO_DEVICES_MAX]; /* a person says so, before the run goes on; by the device's index */
    bool is_replay;                          /* no device is opened */
    pthread_mutex_t *lock;                   /* of all sites: libraries are opened by one thread at a time */

    pthread_t thread;         /* that runs it */
    volatile bool is_running; /* in step with devices */
    struct sim *sim;
    struct world_ears ears;
    const volatile int *interrupt;
    struct pace *pace;
    struct live *live;
    struct bridge *bridge;
    struct replay *replay;
    struct journal journal;
    struct journal_reader reader;
    struct bridge_drivers drivers;
    bool goes_on;                             /* a journal was there */
    const struct hw_driver *door;             /* of settlements, among the drivers; NULL: none */
    bool was_told[CONFIG_INVOICES_MAX];       /* by invoice: it has come in */
    uint64_t door_counts[SETTLEMENT_RESULTS]; /* when the run ended */
    struct bridge_outcome outcome;
    char why[512]; /* "": nothing went wrong */
};

/* Fills the hook. In: journal_path, taken over. */
void bridge_site_init(struct bridge_site *site, const struct bridge_settings *settings, char *journal_path,
                      pthread_mutex_t *lock);
/* Another fact for the journal's header; a long value is cut into several. */
void bridge_site_fact(struct bridge_site *site, const char *key, const char *value);
/* The process dies: all outlets are switched off, by the thread that runs them if it is another one. */
void bridge_site_panic(struct bridge_site *site);
/* After the world is gone. */
void bridge_site_close(struct bridge_site *site);

#endif
