/* kernel.h: the discrete-event kernel: one virtual clock, one pending-event set, one trace digest.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A struct sim is one replication. It owns a clock (int64 microseconds since the scenario's epoch), a set of pending
 * events and a digest of everything that was executed. Nothing here knows what an event means: a kind is a name and a
 * handler, registered once; an event is a kind, an entity number, an object and one integer.
 *
 * Order. Events run by (time, phase, insertion number): the order is total by construction, no address or hash ever
 * decides. Phases are fixed, see enum sim_phase. With tie_fuzz != 0 the insertion number is replaced, inside equal
 * (time, phase), by a keyed permutation: a model whose metrics move under it leans on accidental order.
 *
 * Memory. The set grows to the largest number of events ever pending; after that nothing is allocated per event.
 * An event handle is {slot, generation}: a stale handle is recognised, never followed.
 *
 * Threads. One struct sim belongs to one thread. There are no globals.
 *
 * Source: notes on event queues in docs/engine.md; 4-ary heap after LaMarca and Ladner 1996.
 */
#ifndef KONSENTO_SIM_KERNEL_H
#define KONSENTO_SIM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_TIME_MAX_US INT64_MAX

struct sim;

/* The fixed phases at equal time: what happens to the world, then messages, timers, models, probes, control. */
enum sim_phase {
    SIM_ENVIRONMENT = 0, /* blocks, arrivals, departures, faults, tariff steps */
    SIM_MESSAGE = 1,     /* something that was sent is delivered */
    SIM_TIMER = 2,       /* something somebody waited for is due */
    SIM_MODEL = 3,       /* models react to what changed at this instant */
    SIM_PROBE = 13,      /* observers */
    SIM_CONTROL = 15     /* end of warm-up, end of run */
};

/* Handler of one kind of event. */
typedef void sim_handler(struct sim *sim, void *object, uint32_t entity, uint64_t argument);

/* What to do when the time comes. */
struct sim_action {
    uint16_t kind;     /* from sim_kind_add */
    uint32_t entity;   /* who: folded into the digest; never a pointer */
    void *object;      /* passed to the handler; never folded, never compared */
    uint64_t argument; /* passed to the handler and folded */
};

/* A pending event; {0} is "none". */
struct sim_handle {
    uint32_t slot;
    uint32_t generation;
};

/* The pending-event set. The order of events is the same with both. */
enum sim_queue {
    SIM_QUEUE_HEAP = 0,  /* 4-ary heap, O(log n) */
    SIM_QUEUE_SORTED = 1 /* sorted array, O(n): the oracle that checks the heap */
};

struct sim_options {
    uint64_t seed;        /* of the study */
    uint32_t replication; /* from 0 */
    uint64_t tie_fuzz;    /* 0: insertion order; else the key of the permutation of ties */
    uint64_t audit_every; /* events between two audits; 0: SIM_AUDIT_EVERY */
    enum sim_queue queue;
};

/* Why a run ended. */
enum sim_end {
    SIM_END_HORIZON,   /* until_us was reached; now_us is until_us */
    SIM_END_EMPTY,     /* no event is pending; now_us is until_us all the same unless until_us is SIM_TIME_MAX_US */
    SIM_END_STOPPED,   /* sim_stop was called by a handler */
    SIM_END_LIMIT,     /* max_events were executed */
    SIM_END_INTERRUPT, /* *interrupt became nonzero */
    SIM_END_AUDIT,     /* an auditor found a broken invariant: see sim_audit_failure; stays so */
    SIM_END_MEMORY,    /* an event could not be stored: memory is out or SIM_PENDING_MAX reached; stays so */
    SIM_END_LATE       /* paced only: the lag policy ended the run */
};
/* The word for it in results: "horizon", "empty", ... */
const char *sim_end_name(enum sim_end end);

/* Makes a simulator. Returns NULL when memory is out. Owns: the caller frees with sim_free. */
struct sim *sim_new(const struct sim_options *options);
void sim_free(struct sim *sim);

/* Registers a kind. In: name (lives as long as sim), handler. Returns its number, from 1; 0 when memory is out: the run
 * will end with SIM_END_MEMORY, and events of kind 0 are then taken and dropped. Limit: SIM_KINDS_MAX (asserted). */
uint16_t sim_kind_add(struct sim *sim, const char *name, sim_handler *handler);
const char *sim_kind_name(const struct sim *sim, uint16_t kind);

/* Schedules action at at_us >= sim_now_us (asserted). Returns its handle. When the set cannot grow the event is
 * dropped, the handle is {0}, and the run ends with SIM_END_MEMORY after the present event: results of such a run are
 * void. Limits: SIM_PENDING_MAX pending, 2^38 - 1 insertions and moves in one run (asserted). */
struct sim_handle sim_schedule(struct sim *sim, int64_t at_us, enum sim_phase phase, const struct sim_action *action);
/* Cancels a pending event, O(log n). Returns false if the handle is stale or none. */
bool sim_cancel(struct sim *sim, struct sim_handle handle);
/* Moves a pending event to at_us, same phase, with a fresh insertion number, O(log n); the handle stays valid.
 * Returns false if the handle is stale or none. */
bool sim_move(struct sim *sim, struct sim_handle handle, int64_t at_us);
bool sim_is_pending(const struct sim *sim, struct sim_handle handle);
/* Not counting the event that is being executed: its handle is stale as soon as its handler runs. */
size_t sim_pending_count(const struct sim *sim);

/* Runs until until_us inclusive, or max_events (0: no limit), or until *interrupt (may be NULL) is nonzero, looked at
 * every few thousand events. */
enum sim_end sim_run(struct sim *sim, int64_t until_us, uint64_t max_events, const volatile int *interrupt);
/* Executes the next event. Returns false if none is pending, or an audit has failed, or memory is out. */
bool sim_step(struct sim *sim);
/* Asks the running sim_run to return after the present event; forgotten when the next sim_run begins. */
void sim_stop(struct sim *sim);

int64_t sim_now_us(const struct sim *sim);
/* Time of the next event, SIM_TIME_MAX_US if none. */
int64_t sim_next_us(const struct sim *sim);
uint64_t sim_event_count(const struct sim *sim);
uint64_t sim_event_count_of(const struct sim *sim, uint16_t kind);
/* Events that shared (time, phase) with the event executed before them. */
uint64_t sim_tie_count(const struct sim *sim);
uint64_t sim_seed(const struct sim *sim);
uint32_t sim_replication(const struct sim *sim);

/* Folds a model's integer (an amount of money or energy) into the digest of the present event. */
void sim_trace(struct sim *sim, uint64_t value);
/* The 64-bit chain as it stands, and the SHA-256 over the chain, the count of events and the final time. */
uint64_t sim_digest_chain(const struct sim *sim);
void sim_digest_final(const struct sim *sim, uint8_t digest[32]);

/* What was just executed; for `replay --trace` and for finding the first event that differs. */
struct sim_executed {
    int64_t time_us;
    uint64_t number; /* from 1 */
    uint64_t chain;  /* after the event */
    enum sim_phase phase;
    uint16_t kind;
    uint32_t entity;
    uint64_t argument;
};
/* Calls observe after each event; NULL stops. An observer schedules nothing. */
void sim_observe(struct sim *sim, void (*observe)(void *self, const struct sim_executed *event), void *self);

/* An auditor asserts an invariant over a whole model: returns true if it holds, else writes the reason. */
typedef bool sim_auditor(const void *object, char *why, size_t why_size);
/* Adds an auditor: it runs every audit_every events and at the end of each sim_run. Limit: SIM_AUDITORS_MAX. */
void sim_audit_add(struct sim *sim, const char *name, sim_auditor *audit, const void *object);
struct sim_audit_failure {
    const char *name; /* of the auditor, NULL if none failed */
    int64_t time_us;
    uint64_t event_number;
    char why[256];
};
const struct sim_audit_failure *sim_audit_failure(const struct sim *sim);

#define SIM_AUDIT_EVERY  4096
#define SIM_AUDITORS_MAX 32
#define SIM_KINDS_MAX    65535
#define SIM_PENDING_MAX  4194303

#endif
