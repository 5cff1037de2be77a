/* manage_run.c: the moment of sharing: stock, order, share, grants, and the next moment.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/manage.h"

#include "models/least.h"
#include "models/site/manage_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int64_t now_us(const struct manage *manage)
{
    return sim_now_us(manage->trouble->sim);
}

/* ---- stock ----------------------------------------------------------------------------------------------------- */

/* A turn is over: who had power goes behind who had none. */
static void end_turn(struct manage *manage)
{
    if (now_us(manage) < manage->turn_due_us)
        return;
    manage->turn_due_us = INT64_MAX;
    for (uint32_t i = 0; i < manage->member_count; i++)
        if (manage_at(manage, i)->granted_w > 0)
            manage_at(manage, i)->served_us = now_us(manage);
}

/* Members that want energy come to the front. */
static void count_wanting(struct manage *manage)
{
    manage->wanting_count = 0;
    for (uint32_t i = 0; i < manage->member_count; i++) {
        uint32_t outlet = manage->members[i];
        if (!outlet_is_wanting(&manage->outlets[outlet])) {
            manage->places[outlet].granted_w = 0;
            continue;
        }
        manage->members[i] = manage->members[manage->wanting_count];
        manage->members[manage->wanting_count++] = outlet;
    }
}

static void take_stock(struct manage *manage)
{
    const struct manage_strategy *strategy = manage_strategy(manage);
    const struct building *building = manage->outlets[0].site->building;
    manage->surplus_w = max64(0, building->roof_w - building->base_w);
    tree_room_begin(manage->tree);
    for (uint32_t i = 0; i < manage->wanting_count; i++) {
        const struct outlet *outlet = &manage->outlets[manage->members[i]];
        struct manage_place *place = manage_at(manage, i);
        place->wanted_uj = outlet_wanted_uj(outlet);
        place->appetite_w = outlet_appetite_w(outlet);
        bool may = strategy->may == NULL || strategy->may(manage, place);
        place->allowed_w = may ? place->appetite_w : 0;
        place->key = strategy->key(manage, place);
    }
}

/* ---- grants ---------------------------------------------------------------------------------------------------- */

/* A car that tapers and gets all that it takes is left alone: it will never take more. */
static void grant(struct manage *manage)
{
    for (uint32_t i = 0; i < manage->wanting_count; i++) {
        const struct manage_place *place = manage_at(manage, i);
        struct outlet *outlet = &manage->outlets[manage->members[i]];
        bool is_left_alone =
            outlet->draw.is_active && outlet->draw.is_tapering && place->granted_w == place->appetite_w;
        if (is_left_alone || outlet->granted_w == place->granted_w)
            continue;
        manage->change_count++;
        outlet_grant(outlet, place->granted_w);
    }
}

static void measure(struct manage *manage)
{
    int64_t curtailed = 0;
    for (uint32_t i = 0; i < manage->wanting_count; i++)
        curtailed += manage_at(manage, i)->granted_w < manage_at(manage, i)->appetite_w;
    level_set(&manage->wanting, now_us(manage), manage->wanting_count);
    level_set(&manage->curtailed, now_us(manage), curtailed);
}

/* ---- the next moment ------------------------------------------------------------------------------------------- */

static bool is_short(const struct manage_place *place)
{
    return place->granted_w < place->allowed_w;
}

/* When a car that tapers has freed one ampere for those who are short. */
static int64_t release_us(const struct manage *manage)
{
    uint32_t i = 0;
    int64_t next_us = INT64_MAX, ampere_w = outlet_config_watts(&manage->config->outlets, 1000);
    while (i < manage->wanting_count && !is_short(manage_at(manage, i)))
        i++;
    if (i == manage->wanting_count)
        return INT64_MAX;
    for (i = 0; i < manage->wanting_count; i++) {
        int64_t power_w = manage_at(manage, i)->granted_w - ampere_w;
        if (power_w > 0)
            next_us = min64(next_us, outlet_fall_us(&manage->outlets[manage->members[i]], power_w));
    }
    return next_us;
}

/* A turn begins when somebody has to wait for the minimum. */
static void begin_turn(struct manage *manage)
{
    bool is_waiting = false;
    for (uint32_t i = 0; i < manage->wanting_count; i++)
        is_waiting = is_waiting || (is_short(manage_at(manage, i)) && manage_at(manage, i)->granted_w == 0);
    if (!is_waiting || !manage_strategy(manage)->has_turns)
        manage->turn_due_us = INT64_MAX;
    else if (manage->turn_due_us == INT64_MAX)
        manage->turn_due_us = now_us(manage) + manage->config->turn_us;
}

static void plan(struct manage *manage)
{
    const struct manage_strategy *strategy = manage_strategy(manage);
    struct sim *sim = manage->trouble->sim;
    begin_turn(manage);
    int64_t due_us = min64(manage->turn_due_us, release_us(manage));
    if (strategy->crossing_us != NULL)
        due_us = min64(due_us, strategy->crossing_us(manage));
    if (due_us == INT64_MAX) {
        sim_cancel(sim, manage->due);
        return;
    }
    due_us = max64(due_us, now_us(manage) + 1);
    if (!sim_move(sim, manage->due, due_us))
        manage->due =
            sim_schedule(sim, due_us, SIM_MODEL, &(struct sim_action){.kind = manage->due_kind, .object = manage});
}

static void handle(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    struct manage *manage = object;
    end_turn(manage);
    count_wanting(manage);
    take_stock(manage);
    manage_sort(manage);
    manage_strategy(manage)->share(manage);
    measure(manage);
    grant(manage);
    plan(manage);
}

void manage_wake(struct manage *manage)
{
    struct sim *sim = manage->trouble->sim;
    if (!sim_is_pending(sim, manage->wake))
        manage->wake = sim_schedule(sim, now_us(manage), SIM_MODEL,
                                    &(struct sim_action){.kind = manage->wake_kind, .object = manage});
}

void manage_set_cap(struct manage *manage, int64_t power_w)
{
    assert(power_w >= 0);
    manage->tree->cap_w = power_w;
    manage_wake(manage);
}

/* ---- cars come and go ------------------------------------------------------------------------------------------ */

void manage_come(struct manage *manage, uint32_t outlet, const struct manage_terms *terms)
{
    struct manage_place *place = &manage->places[outlet];
    assert(!place->is_member);
    *place = (struct manage_place){.terms = *terms, .served_us = terms->arrival_us, .credit_us = INT64_MAX};
}

void manage_enter(struct manage *manage, uint32_t outlet)
{
    struct manage_place *place = &manage->places[outlet];
    assert(!place->is_member);
    place->is_member = true;
    manage->members[manage->member_count++] = outlet;
    manage_wake(manage);
}

void manage_leave(struct manage *manage, uint32_t outlet)
{
    struct manage_place *place = &manage->places[outlet];
    if (!place->is_member)
        return;
    uint32_t i = 0;
    while (manage->members[i] != outlet)
        i++;
    place->is_member = false;
    place->granted_w = 0;
    manage->member_count--;
    memmove(manage->members + i, manage->members + i + 1, (manage->member_count - i) * sizeof manage->members[0]);
    manage_wake(manage);
}

void manage_pay(struct manage *manage, uint32_t outlet, bool is_final)
{
    struct manage_place *place = &manage->places[outlet];
    place->credit_us = min64(place->credit_us, now_us(manage));
    place->is_final = is_final;
    if (manage->config->strategy == STRATEGY_PAID_FIRST)
        manage_wake(manage);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

bool manage_init(struct manage *manage, const struct manage_options *options)
{
    const struct building_config *config = options->config;
    struct outlet_site *site = options->outlets[0].site;
    assert(config->turn_us > 0 && config->minimum_current_ma >= 0);
    *manage = (struct manage){.trouble = options->trouble,
                              .config = config,
                              .outlets = options->outlets,
                              .tree = &site->building->tree,
                              .most_w = outlet_most_w(site),
                              .minimum_w = outlet_config_watts(&config->outlets, config->minimum_current_ma),
                              .round_w = outlet_config_watts(&config->outlets, config->round_current_ma),
                              .turn_due_us = INT64_MAX};
    assert(manage->round_w > 0 && manage->most_w > 0);
    outlook_init(&manage->outlook, options->tariff, options->trouble);
    level_init(&manage->wanting, 0, 0);
    level_init(&manage->curtailed, 0, 0);
    manage->wake_kind = sim_kind_add(options->trouble->sim, "manage.wake", handle);
    manage->due_kind = sim_kind_add(options->trouble->sim, "manage.due", handle);
    manage->places = calloc(options->outlet_count, sizeof manage->places[0]);
    manage->members = calloc(options->outlet_count, sizeof manage->members[0]);
    return manage->places != NULL && manage->members != NULL;
}

void manage_close(struct manage *manage)
{
    outlook_close(&manage->outlook);
    free(manage->places);
    free(manage->members);
    manage->places = NULL;
    manage->members = NULL;
}

void manage_restart(struct manage *manage, int64_t at_us)
{
    level_restart(&manage->wanting, at_us);
    level_restart(&manage->curtailed, at_us);
    manage->change_count = 0;
}

void manage_finish(struct manage *manage, int64_t at_us)
{
    level_finish(&manage->wanting, at_us);
    level_finish(&manage->curtailed, at_us);
}
