/* outside.c: half-hours of the homes and steps of the sun become levels of the building.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/outside.h"

#include <assert.h>

/* Homes on their legs, less the roof on all. */
static void tell(struct outside *outside)
{
    struct tree_lanes lanes = {0};
    const struct tree *tree = &outside->building->tree;
    const struct household *household = &outside->household;
    for (uint32_t i = 0; i < household->flat_count; i++) /* what is constant is balanced, as ever */
        tree_spread_flat(tree, &lanes, i, household->flat_w[i] - household->constant_w, household->config->leg_ppm);
    int64_t constant_w = household->constant_w * household->flat_count;
    tree_spread_balanced(tree, &lanes, constant_w - outside->roof_w);
    building_set_outside(outside->building, outside->homes_w, outside->roof_w, &lanes, sim_now_us(outside->sim));
    sim_trace(outside->sim, (uint64_t)(outside->homes_w - outside->roof_w));
    if (outside->listener.on_change != NULL)
        outside->listener.on_change(outside->listener.self);
}

static void plan(struct outside *outside, uint16_t kind, int64_t step_us)
{
    int64_t now_us = sim_now_us(outside->sim);
    sim_schedule(outside->sim, now_us + step_us, SIM_ENVIRONMENT,
                 &(struct sim_action){.kind = kind, .object = outside});
}

static void handle_homes(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct outside *outside = object;
    outside->homes_w = household_next_w(&outside->household, sim_now_us(sim));
    plan(outside, outside->homes_kind, HOUSEHOLD_STEP_US);
    tell(outside);
}

/* A night changes nothing. */
static void handle_roof(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct outside *outside = object;
    int64_t before_w = outside->roof_w;
    outside->roof_w = roof_power_w(&outside->roof, sim_now_us(sim));
    plan(outside, outside->roof_kind, outside->config->roof.step_us);
    if (outside->roof_w != before_w)
        tell(outside);
}

bool outside_init(struct outside *outside, const struct outside_options *options)
{
    const struct building_config *config = options->config;
    *outside = (struct outside){
        .sim = options->sim, .building = options->building, .config = config, .listener = options->listener};
    if (!household_init(&outside->household, options->sim, config, options->start_unix_s))
        return false;
    outside->homes_kind = sim_kind_add(options->sim, "outside.homes", handle_homes);
    outside->roof_kind = sim_kind_add(options->sim, "outside.roof", handle_roof);
    outside->homes_w = config->flats * config->base_load_w_per_flat;
    bool varies = household_varies(&outside->household), has_roof = config->roof.peak_w > 0;
    if (varies) {
        outside->homes_w = household_next_w(&outside->household, 0);
        plan(outside, outside->homes_kind, HOUSEHOLD_STEP_US);
    }
    if (has_roof) {
        roof_init(&outside->roof, options->sim, &config->roof, options->series, options->start_unix_s);
        outside->roof_w = roof_power_w(&outside->roof, 0);
        plan(outside, outside->roof_kind, config->roof.step_us);
    }
    if (varies || has_roof)
        tell(outside);
    return true;
}

void outside_close(struct outside *outside)
{
    household_close(&outside->household);
}

int64_t outside_flat_roof_w(const struct outside *outside, uint32_t flat)
{
    uint32_t owners = outside->config->roof.owners;
    assert(owners <= outside->household.flat_count || outside->household.flat_count == 0);
    if (flat >= owners)
        return 0;
    return outside->roof_w / owners + (flat < outside->roof_w % owners);
}
