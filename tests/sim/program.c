/* program.c: random programs of schedules, cancels and moves.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "program.h"

#include <assert.h>

static uint64_t draw(struct program *program, uint64_t below)
{
    return gsl_rng_get(stream_rng(&program->stream)) % below;
}

static enum sim_phase draw_phase(struct program *program)
{
    static const enum sim_phase phases[] = {SIM_ENVIRONMENT, SIM_MESSAGE, SIM_TIMER, SIM_PROBE, SIM_CONTROL};
    uint64_t choice = draw(program, 15);
    return choice < 5 ? phases[choice] : SIM_MODEL;
}

/* Most delays are none or one tick; some are long, so that a part of the set stays deep. */
static int64_t draw_delay_us(struct program *program)
{
    uint64_t choice = draw(program, 16);
    if (choice < 5)
        return 0;
    return choice < 13 ? (int64_t)draw(program, 4) * 10 : (int64_t)draw(program, 40) * 100;
}

static void schedule_one(struct program *program)
{
    struct sim_handle *known = &program->known[draw(program, PROGRAM_HANDLES)];
    struct sim_action action = {.kind = program->kind,
                                .entity = (uint32_t)draw(program, 1000),
                                .object = program,
                                .argument = program->operations};
    int64_t at_us = sim_now_us(program->sim) + draw_delay_us(program);
    *known = sim_schedule(program->sim, at_us, draw_phase(program), &action);
    program->operations++;
}

static void cancel_one(struct program *program)
{
    bool was_pending = sim_cancel(program->sim, program->known[draw(program, PROGRAM_HANDLES)]);
    sim_trace(program->sim, was_pending);
    program->operations++;
}

static void move_one(struct program *program)
{
    int64_t at_us = sim_now_us(program->sim) + draw_delay_us(program);
    bool was_pending = sim_move(program->sim, program->known[draw(program, PROGRAM_HANDLES)], at_us);
    sim_trace(program->sim, was_pending);
    program->operations++;
}

static void act(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct program *program = object;
    uint64_t choice = draw(program, 8);
    program->order_sum = program->order_sum * 31 + argument + entity;
    if (program->operations >= program->target)
        return;
    if (choice < 2)
        cancel_one(program);
    if (choice >= 1 && choice < 4)
        move_one(program);
    sim_trace(sim, (uint64_t)sim_next_us(sim));
    while (sim_pending_count(sim) < program->aim / 2)
        schedule_one(program);
    if (sim_pending_count(sim) < program->aim || choice >= 5)
        schedule_one(program);
    if (choice == 7)
        schedule_one(program);
    sim_trace(sim, (uint64_t)sim_next_us(sim) ^ sim_pending_count(sim));
}

void program_open(struct program *program, const struct sim_options *options, size_t aim, uint64_t target)
{
    *program = (struct program){.sim = sim_new(options), .aim = aim, .target = target};
    assert(program->sim != NULL);
    program->kind = sim_kind_add(program->sim, "act", act);
    sim_stream_open(&program->stream, program->sim, "program", 0);
    schedule_one(program);
}

void program_close(struct program *program)
{
    sim_free(program->sim);
}

void program_run(struct program *program, int by_steps)
{
    if (by_steps == 0) {
        enum sim_end end = sim_run(program->sim, SIM_TIME_MAX_US, 0, NULL);
        assert(end == SIM_END_EMPTY);
    }
    while (sim_step(program->sim))
        continue;
}
