/* replay.h: a run with devices once more, without them: the journal tells what they said.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inputs are fed behind the same number of events as in the run; each command that leaves, each check of the trace and
 * the end are compared with what is written. It stops at the first difference.
 */
#ifndef KONSENTO_HWBRIDGE_REPLAY_H
#define KONSENTO_HWBRIDGE_REPLAY_H

#include "hwbridge/bridge.h"
#include "hwbridge/journal.h"

enum replay_result {
    REPLAY_SAME,       /* to the end of the run */
    REPLAY_CUT,        /* to the end of the journal: the run was killed, or the last line is torn */
    REPLAY_DIFFERENT,  /* the run does something else */
    REPLAY_BAD_JOURNAL /* a line is not what it was, or is out of order */
};

struct replay;

/* In: reader, open; its header lines are read by the caller, up to the first record of another kind, which is given.
 * Returns NULL when memory is out. Owns: replay_free. */
struct replay *replay_new(struct sim *sim, struct journal_reader *reader, const struct journal_record *first);
void replay_free(struct replay *replay);
/* For the bridge, which is made by the caller. */
struct bridge_wire replay_wire(struct replay *replay);
/* Runs to the journal's end. Out: why, which line, event and values differ; at most why_size. */
enum replay_result replay_run(struct replay *replay, struct bridge *bridge, char *why, size_t why_size);

#endif
