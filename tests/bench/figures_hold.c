/* figures_hold.c: pop and push, cancel and move, through the whole kernel.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "bare_heap.h"
#include "figures.h"
#include "sim/kernel.h"
#include "sim/stream.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTRIES 65536
#define MEAN_US 1e9

/* Every event schedules its successor: the number pending stays. */
struct hold {
    struct sim *sim;
    const int64_t *increments;
    size_t next;
    uint16_t kind;
};

static int64_t next_increment(struct hold *hold)
{
    return hold->increments[hold->next++ & (ENTRIES - 1)];
}

static void schedule_successor(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct hold *hold = object;
    struct sim_action action = {.kind = hold->kind, .entity = entity, .object = hold, .argument = argument + 1};
    sim_schedule(sim, sim_now_us(sim) + next_increment(hold), SIM_MODEL, &action);
}

static void hold_open(struct hold *hold, const int64_t *increments, size_t pending)
{
    *hold = (struct hold){.sim = sim_new(&(struct sim_options){.seed = 1}), .increments = increments};
    assert(hold->sim != NULL);
    hold->kind = sim_kind_add(hold->sim, "hold", schedule_successor);
    for (size_t i = 0; i < pending; i++) {
        struct sim_action action = {.kind = hold->kind, .entity = (uint32_t)i, .object = hold};
        sim_schedule(hold->sim, next_increment(hold), SIM_MODEL, &action);
    }
}

static uint64_t run_hold(void *self, size_t count)
{
    struct hold *hold = self;
    enum sim_end end = sim_run(hold->sim, SIM_TIME_MAX_US, count, NULL);
    assert(end == SIM_END_LIMIT);
    return sim_digest_chain(hold->sim);
}

struct bare {
    struct bare_heap *heap;
    const int64_t *increments;
};

static void bare_open(struct bare *bare, const int64_t *increments, size_t pending)
{
    *bare = (struct bare){bare_heap_new(pending + 1), increments};
    for (size_t i = 0; i < pending; i++)
        bare_heap_push(bare->heap, increments[i & (ENTRIES - 1)]);
}

static uint64_t run_bare(void *self, size_t count)
{
    const struct bare *bare = self;
    return bare_heap_hold(bare->heap, bare->increments, ENTRIES, count);
}

static uint64_t run_bare_fused(void *self, size_t count)
{
    const struct bare *bare = self;
    return bare_heap_hold_fused(bare->heap, bare->increments, ENTRIES, count);
}

/* ---- increments ------------------------------------------------------------------------------------------------ */

enum distribution { EXPONENTIAL, UNIFORM, BIMODAL, HALF_NEAR_NOW, GRID };

static double draw(struct sim_stream *stream, enum distribution distribution)
{
    switch (distribution) {
    case EXPONENTIAL:
        return stream_exponential(stream, MEAN_US);
    case UNIFORM:
        return stream_uniform(stream) * 2 * MEAN_US;
    case BIMODAL:
        return stream_uniform(stream) < 0.9 ? stream_uniform(stream) * 0.1 * MEAN_US
                                            : (9 + stream_uniform(stream)) * MEAN_US;
    case HALF_NEAR_NOW:
        return stream_uniform(stream) < 0.5 ? stream_uniform(stream) * 1e-3 * MEAN_US
                                            : stream_exponential(stream, 2 * MEAN_US);
    case GRID:
        return (double)(int64_t)(stream_uniform(stream) * 100) * MEAN_US / 50;
    }
    return 0;
}

static void fill_increments(int64_t increments[ENTRIES], enum distribution distribution)
{
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "increments", 0);
    for (size_t i = 0; i < ENTRIES; i++)
        increments[i] = (int64_t)draw(&stream, distribution);
}

/* ---- hold ------------------------------------------------------------------------------------------------------ */

struct hold_case {
    const char *name;
    size_t pending, count;
    unsigned rounds;
    double limit;
};

static void hold_figure(struct report *report, const struct hold_case *which, const int64_t *increments,
                        enum effort effort)
{
    struct hold hold;
    struct bare bare, fused;
    hold_open(&hold, increments, which->pending);
    bare_open(&bare, increments, which->pending);
    bare_open(&fused, increments, which->pending);
    struct lane lanes[] = {{run_bare, &bare, 0}, {run_hold, &hold, 0}, {run_bare_fused, &fused, 0}};
    unsigned rounds = effort == EFFORT_QUICK ? which->rounds / 8 + 2 : which->rounds;
    run_bare(&bare, which->pending); /* spread the keys as they will be */
    run_bare_fused(&fused, which->pending);
    run_hold(&hold, which->pending);
    race(lanes, 3, rounds, which->count);
    report_figure(report, &(struct figure){which->name, "ns", lanes[1].best_ns, lanes[0].best_ns,
                                           "bare heap, pop and push", which->limit});
    report_figure(report, &(struct figure){"  the same", "ns", lanes[1].best_ns, lanes[2].best_ns,
                                           "bare heap, replace the root", 0});
    sim_free(hold.sim);
    bare_heap_free(bare.heap);
    bare_heap_free(fused.heap);
}

/* ---- cancel and move ------------------------------------------------------------------------------------------- */

static uint64_t run_schedule_cancel(void *self, size_t count)
{
    struct hold *hold = self;
    struct sim_action action = {.kind = hold->kind, .object = hold};
    uint64_t cancelled = 0;
    for (size_t i = 0; i < count; i++)
        cancelled += sim_cancel(
            hold->sim, sim_schedule(hold->sim, sim_now_us(hold->sim) + next_increment(hold), SIM_TIMER, &action));
    assert(cancelled == count);
    return cancelled;
}

/* A timer that every step pushes further out, as a watchdog's. */
static uint64_t run_move(void *self, size_t count)
{
    struct hold *hold = self;
    struct sim_action action = {.kind = hold->kind, .object = hold};
    struct sim_handle timer = sim_schedule(hold->sim, sim_now_us(hold->sim), SIM_TIMER, &action);
    uint64_t moved = 0;
    for (size_t i = 0; i < count; i++)
        moved += sim_move(hold->sim, timer, sim_now_us(hold->sim) + next_increment(hold));
    assert(moved == count);
    sim_cancel(hold->sim, timer);
    return moved;
}

static void cancel_figures(struct report *report, size_t pending, const char *names[2], const int64_t *increments,
                           enum effort effort)
{
    struct hold hold;
    hold_open(&hold, increments, pending);
    struct lane lanes[] = {{run_schedule_cancel, &hold, 0}, {run_move, &hold, 0}};
    race(lanes, 2, effort == EFFORT_QUICK ? 3 : 12, 200000);
    for (int i = 0; i < 2; i++)
        report_figure(report, &(struct figure){names[i], "ns", lanes[i].best_ns, 0, NULL, 0});
    sim_free(hold.sim);
}

void figures_hold(struct report *report, enum effort effort)
{
    static const struct hold_case sizes[] = {{"hold, 100 pending", 100, 200000, 32, 1.3},
                                             {"hold, 10,000 pending", 10000, 200000, 32, 1.3},
                                             {"hold, 1,000,000 pending", 1000000, 400000, 16, 1.3}};
    static const char *const names[] = {"hold, 10,000, exponential", "hold, 10,000, uniform", "hold, 10,000, bimodal",
                                        "hold, 10,000, half near now", "hold, 10,000, 100 times: ties"};
    int64_t *increments = malloc(ENTRIES * sizeof *increments);
    assert(increments != NULL);
    fill_increments(increments, EXPONENTIAL);
    report_title("hold: one event that schedules one");
    for (size_t i = 0; i < 3; i++)
        hold_figure(report, &sizes[i], increments, effort);
    report_title("cancel and move, no dispatch");
    cancel_figures(report, 100, (const char *[]){"schedule + cancel, 100 pending", "move, 100 pending"}, increments,
                   effort);
    cancel_figures(report, 10000, (const char *[]){"schedule + cancel, 10,000 pending", "move, 10,000 pending"},
                   increments, effort);
    report_title("hold, other distributions");
    for (int i = UNIFORM; i <= GRID && effort == EFFORT_FULL; i++) {
        struct hold_case which = {names[i], 10000, 200000, 16, 0};
        fill_increments(increments, (enum distribution)i);
        hold_figure(report, &which, increments, effort);
    }
    free(increments);
}
