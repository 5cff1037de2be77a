/* replay.c: a run with devices once more, without them.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/replay.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct replay {
    struct sim *sim;
    struct journal_reader *reader;
    struct journal_record next; /* not used yet */
    enum journal_result has_next;
    bool is_different;
    char why[512];
};

struct replay *replay_new(struct sim *sim, struct journal_reader *reader, const struct journal_record *first)
{
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        return NULL;
    *replay = (struct replay){.sim = sim, .reader = reader, .next = *first, .has_next = JOURNAL_OK};
    return replay;
}

void replay_free(struct replay *replay)
{
    free(replay);
}

static void advance(struct replay *replay)
{
    replay->has_next = journal_read(replay->reader, &replay->next);
}

static void differ(struct replay *replay, const char *written, const char *done)
{
    if (replay->is_different)
        return;
    replay->is_different = true;
    snprintf(replay->why, sizeof replay->why,
             "line %" PRIu64 ", event %" PRIu64 ", %" PRId64 " us: the journal has \"%s\", the replay \"%s\"",
             replay->reader->line, sim_event_count(replay->sim), sim_now_us(replay->sim), written, done);
    sim_stop(replay->sim);
}

/* What was done is to be the next record. */
static void compare(struct replay *replay, const struct journal_record *done)
{
    if (replay->is_different || replay->has_next != JOURNAL_OK)
        return; /* behind the journal's end nothing is known */
    char done_line[JOURNAL_LINE_MAX], written_line[JOURNAL_LINE_MAX];
    (void)journal_format(done_line, done);
    (void)journal_format(written_line, &replay->next);
    if (strcmp(done_line, written_line) != 0)
        differ(replay, written_line, done_line);
    else
        advance(replay);
}

static struct journal_record now(const struct replay *replay, enum journal_kind kind)
{
    return (struct journal_record){
        .kind = kind, .time_us = sim_now_us(replay->sim), .events = sim_event_count(replay->sim)};
}

static void on_command(void *self, const struct hw_command *command)
{
    struct replay *replay = self;
    struct journal_record done = now(replay, JOURNAL_COMMAND);
    done.command = *command;
    compare(replay, &done);
}

struct bridge_wire replay_wire(struct replay *replay)
{
    return (struct bridge_wire){replay, on_command};
}

/* Up to the event behind which the next record came. Returns false if the run cannot come there. */
static bool run_up_to(struct replay *replay, uint64_t events)
{
    uint64_t done = sim_event_count(replay->sim);
    if (events < done)
        return false;
    if (events > done)
        (void)sim_run(replay->sim, SIM_TIME_MAX_US, events - done, NULL);
    return sim_event_count(replay->sim) == events;
}

static void check(struct replay *replay)
{
    struct journal_record done = now(replay, JOURNAL_CHECK);
    done.chain = sim_digest_chain(replay->sim);
    compare(replay, &done);
}

/* Between the last event and the horizon nothing happens but time. */
static void finish(struct replay *replay)
{
    const struct journal_record written = replay->next;
    if (written.time_us > sim_now_us(replay->sim) && sim_next_us(replay->sim) > written.time_us)
        (void)sim_run(replay->sim, written.time_us, 0, NULL);
    struct journal_record done = now(replay, JOURNAL_END);
    sim_digest_final(replay->sim, done.digest);
    memcpy(done.value, written.value, sizeof done.value);
    compare(replay, &done);
}

static bool is_ahead(const struct replay *replay, const struct bridge *bridge, int64_t at_us)
{
    return at_us > sim_now_us(replay->sim) && at_us >= bridge->taken_us;
}

/* One record of those that come from outside. Returns false if the journal cannot be right. */
static bool feed(struct replay *replay, struct bridge *bridge)
{
    struct journal_record record = replay->next;
    switch (record.kind) {
    case JOURNAL_INPUT:
        if (!is_ahead(replay, bridge, record.time_us) || record.input.outlet >= bridge->outlet_count)
            return false;
        advance(replay);
        return bridge_take(bridge, &record.input, record.time_us);
    case JOURNAL_SETTLEMENT:
        if (!is_ahead(replay, bridge, record.time_us))
            return false;
        advance(replay);
        return bridge_settle(bridge, &record.settlement, record.time_us);
    case JOURNAL_RESTART:
        if (!is_ahead(replay, bridge, record.time_us) || record.time_us == bridge->taken_us)
            return false;
        advance(replay);
        bridge_restart(bridge, record.time_us);
        return true;
    case JOURNAL_CHECK:
        check(replay);
        return true;
    case JOURNAL_END:
        finish(replay);
        return true;
    case JOURNAL_SLIP:
        advance(replay);
        return true;
    case JOURNAL_COMMAND: { /* the run has come to it without sending it */
        char line[JOURNAL_LINE_MAX];
        (void)journal_format(line, &record);
        differ(replay, line, "no command");
        return true;
    }
    case JOURNAL_HEADER:
        break;
    }
    return false;
}

static enum replay_result bad(const struct replay *replay, char *why, size_t why_size)
{
    static const char *const reasons[] = {[JOURNAL_OK] = "does not fit the run",
                                          [JOURNAL_BROKEN] = "the seal does not fit: it was changed",
                                          [JOURNAL_NO_RECORD] = "not a record of this form",
                                          [JOURNAL_UNREADABLE] = "cannot be read"};
    snprintf(why, why_size, "line %" PRIu64 ": %s", replay->reader->line, reasons[replay->has_next]);
    return REPLAY_BAD_JOURNAL;
}

enum replay_result replay_run(struct replay *replay, struct bridge *bridge, char *why, size_t why_size)
{
    bool is_ended = false;
    why[0] = 0;
    while (replay->has_next == JOURNAL_OK && !replay->is_different && !is_ended) {
        uint64_t line = replay->reader->line;
        is_ended = replay->next.kind == JOURNAL_END;
        bool is_there = run_up_to(replay, replay->next.events);
        /* A command, inside its event; perhaps the journal's last line. */
        bool was_sent = replay->reader->line != line || replay->has_next != JOURNAL_OK;
        if (replay->is_different || was_sent)
            continue;
        if (!is_there || !feed(replay, bridge))
            return bad(replay, why, why_size);
    }
    if (replay->is_different) {
        snprintf(why, why_size, "%s", replay->why);
        return REPLAY_DIFFERENT;
    }
    if (is_ended)
        return REPLAY_SAME;
    bool is_cut = replay->has_next == JOURNAL_NO_MORE || replay->has_next == JOURNAL_TORN;
    return is_cut ? REPLAY_CUT : bad(replay, why, why_size);
}
