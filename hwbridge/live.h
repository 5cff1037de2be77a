/* live.h: drivers, journal and clock around a bridge: a run with devices in it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   epoll set of the clock (sim/pace.h)
 *     │ readable                     ┌─► journal: I
 *     ▼                              │
 *   driver.service ──input──► stamp ─┴─► bridge_take ──► an event
 *                                           bridge ──command──► journal: O ──► driver.submit
 *
 * An input's stamp is the present on the simulation's axis, but later than the last event executed and than the input
 * before. It is journaled before it counts, a command before it leaves. If the journal cannot be written the run ends:
 * nothing is switched on that nobody could account for.
 *
 * A run that was killed goes on: its journal is replayed (replay.h) up to REPLAY_CUT, the journal opened once more
 * (journal_continue), the bridge of the replay given to live_open, and live_resume called before sim_run_paced.
 *
 * At most inputs_per_s messages of each outlet are taken, with as many in reserve; what is more is dropped and counted.
 * OFF is never dropped: what a driver does not take now it gets again when it is next served.
 */
#ifndef KONSENTO_HWBRIDGE_LIVE_H
#define KONSENTO_HWBRIDGE_LIVE_H

#include "hwbridge/bridge.h"
#include "hwbridge/journal.h"
#include "sim/drive.h"
#include "sim/pace.h"

#define LIVE_DRIVERS_MAX     8
#define LIVE_DESCRIPTORS_MAX 64
#define LIVE_INPUTS_PER_S    100
#define LIVE_CHECK_EVENTS    1000 /* between two K records */

struct live_options {
    struct sim *sim;
    struct pace *pace;                          /* outlives the run */
    double rate;                                /* its speed; 0: 1 */
    const struct bridge_outlet_config *outlets; /* copied, like the two that follow */
    const uint32_t *driver_of;                  /* by outlet: index in drivers */
    size_t outlet_count;
    const struct hw_driver *drivers; /* closed by live_free */
    size_t driver_count;
    struct journal *journal; /* open, its header written; NULL: none is kept */
    struct outlet_listener listener;
    struct bridge_payee payee;
    struct bridge *bridge; /* of a replayed run that goes on: then outlets, listener and payee are not looked at, and it
                              is freed by live_free; NULL: a new one is made */
};

struct live_tally {
    uint64_t inputs, commands, refused; /* refused: submits that the wire did not take at once */
    uint64_t rejects[HW_REJECTS];
    struct histogram service_us; /* from the end of the clock's wait to the input's event taken: real us */
};

struct live;

/* Where a driver's inputs go; made before the drivers, which need it. Returns NULL when memory is out. Owns: live_free.
 */
struct live *live_new(void);
struct hw_sink live_sink(struct live *live);
/* Makes the bridge. Returns false, with errno set, when memory or descriptors are out. */
bool live_open(struct live *live, const struct live_options *options) __attribute__((warn_unused_result));
void live_free(struct live *live);

struct bridge *live_bridge(struct live *live);
/* The run that the replay has brought to where it was killed is back at at_us of its axis (where pace_options.start_us
 * is): what was due meanwhile is done, commands excepted. Returns false if the journal cannot be written. */
bool live_resume(struct live *live, int64_t at_us) __attribute__((warn_unused_result));
/* Another node tells of a payment: it is stamped, journaled, safe on the disk when the call returns, and told to
 * the payee in an event. Called from inside the
 * wait for inputs. Returns false if too many wait, or the journal cannot be written: it does not count. */
bool live_settle(struct live *live, const struct journal_settlement *settlement) __attribute__((warn_unused_result));
/* A person has looked at an outlet that is latched, and says that it is in order: as an input of it. */
void live_look_at(struct live *live, uint32_t outlet);
/* For sim_run_paced. */
struct sim_input live_input(struct live *live);
/* The run has ended, for whatever reason: commands OFF to all that may deliver, and serves drivers until all have
 * confirmed it, at most for_ms. The journal gets its end, unless the run was interrupted and may go on. Returns how
 * many did not confirm. */
size_t live_end(struct live *live, enum sim_end end, int64_t for_ms);
/* Behind live_end: whether it has confirmed OFF; how long power could flow though nobody wanted it: up to what it
 * confirmed, or to the end of that call. */
bool live_is_confirmed(const struct live *live, uint32_t outlet);
int64_t live_unsafe_us(const struct live *live, uint32_t outlet);
/* errno of the journal, 0: sound. */
int live_error(const struct live *live);
const struct live_tally *live_tally(const struct live *live);

#endif
