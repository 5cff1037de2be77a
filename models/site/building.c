/* building.c: the service's levels between two changes, and the exact load series.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/building.h"

#include "models/calendar.h"
#include "models/least.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t building_service_v(const struct building_config *config)
{
    switch (config->wiring) {
    case WIRING_SINGLE:
        return config->outlets.voltage_v;
    case WIRING_THREE_WIRE:
        return 200;
    case WIRING_THREE_PHASE:
        return 3 * config->outlets.voltage_v;
    }
    assert(false && "wiring of no kind");
    return 0;
}

static bool varies(const struct building_config *config)
{
    return config->roof.peak_w > 0 || (config->household.daily_uj > 0 && config->flats > 0);
}

static void set_base(struct building *building, const struct building_config *config)
{
    struct tree_lanes outside = {0};
    building->base_w = config->flats * config->base_load_w_per_flat;
    tree_spread_balanced(&building->tree, &outside, building->base_w);
    tree_set_outside(&building->tree, &outside);
}

bool building_init(struct building *building, const struct building_config *config, int64_t start_unix_s,
                   int64_t duration_us, int64_t step_us)
{
    assert(duration_us > 0 && step_us > 0);
    *building = (struct building){
        .voltage_v = building_service_v(config),
        .limit_w = INT64_MAX,
        .step_us = step_us,
        .step_count = (size_t)((duration_us + step_us - 1) / step_us),
        .has_transformer = config->transformer.rating_w > 0,
        .exchanges = config->transformer.rating_w > 0 || config->roof.peak_w > 0,
    };
    if (config->service_limit_ma != CONFIG_SERVICE_UNLIMITED_MA)
        building->limit_w = config->service_limit_ma * building->voltage_v / 1000;
    level_init(&building->drawing, 0, 0);
    building->step_uj = calloc(building->step_count, sizeof building->step_uj[0]);
    building->day_peak_w = calloc((size_t)(duration_us / DAY_US + 1), sizeof building->day_peak_w[0]);
    if (varies(config))
        building->step_outside_uj = calloc(building->step_count, sizeof building->step_outside_uj[0]);
    if (building->has_transformer)
        transformer_init(&building->transformer, &config->transformer, start_unix_s);
    if (!tree_init(&building->tree, config) || building->step_uj == NULL || building->day_peak_w == NULL ||
        (varies(config) && building->step_outside_uj == NULL))
        return false;
    set_base(building, config);
    return true;
}

void building_close(struct building *building)
{
    tree_close(&building->tree);
    free(building->step_uj);
    free(building->day_peak_w);
    free(building->step_outside_uj);
    building->step_uj = building->step_outside_uj = NULL;
}

/* ---- energy ---------------------------------------------------------------------------------------------------- */

static void book_step(struct building *building, int64_t at_us, __int128 energy_uj)
{
    size_t step = (size_t)(at_us / building->step_us);
    assert(step < building->step_count);
    building->step_uj[step] += energy_uj;
    building->booked_uj += energy_uj;
    if (at_us >= building->since_us)
        building->counted_uj += energy_uj;
}

/* Books what is constant over [now_us, until_us). The warm-up's end is always a change, so no interval straddles it. */
static void book_constant(struct building *building, int64_t until_us)
{
    int64_t outside_w = building->base_w - building->roof_w;
    building->sums.homes_uj += (__int128)building->base_w * (until_us - building->now_us);
    building->sums.roof_uj += (__int128)building->roof_w * (until_us - building->now_us);
    if (building->constant_w == 0 && building->step_outside_uj == NULL)
        return;
    for (int64_t at_us = building->now_us; at_us < until_us;) {
        int64_t step_end_us = (at_us / building->step_us + 1) * building->step_us;
        int64_t end_us = min64(step_end_us, until_us);
        book_step(building, at_us, (__int128)building->constant_w * (end_us - at_us));
        if (building->step_outside_uj != NULL)
            building->step_outside_uj[at_us / building->step_us] += (__int128)outside_w * (end_us - at_us);
        at_us = end_us;
    }
}

/* Books a finished taper over [from_us, until_us), cut at the steps' edges and at the warm-up's end. */
static void book_taper(struct building *building, const struct building_draw *draw, int64_t from_us, int64_t until_us)
{
    int64_t before_uj = draw->curve.knee_uj;
    for (int64_t at_us = from_us; at_us < until_us;) {
        int64_t end_us = min64((at_us / building->step_us + 1) * building->step_us, until_us);
        if (at_us < building->since_us)
            end_us = min64(end_us, building->since_us);
        int64_t after_uj = battery_curve_energy_uj(&draw->curve, end_us - draw->since_us);
        book_step(building, at_us, after_uj - before_uj);
        before_uj = after_uj;
        at_us = end_us;
    }
}

/* ---- levels ---------------------------------------------------------------------------------------------------- */

/* Power into cars just after at_us, which lies in the interval that the present levels hold for. */
static double cars_w(const struct building *building, int64_t at_us)
{
    double sum_w = (double)building->constant_w;
    for (const struct building_draw *draw = building->tapering; draw != NULL; draw = draw->next)
        sum_w += battery_curve_power_w(&draw->curve, at_us - draw->since_us);
    return sum_w;
}

enum excess { EXCESS_ANY, EXCESS_OF_CARS };

/* What tapering draws put on a lane of a node just after at_us. */
static double taper_parts(const struct building *building, uint32_t node, int lane, int64_t at_us)
{
    double sum = 0;
    for (const struct building_draw *draw = building->tapering; draw != NULL; draw = draw->next) {
        struct tree_lanes weights;
        tree_weights(&building->tree, &weights, draw->outlet);
        if (tree_is_above(&building->tree, node, draw->outlet))
            sum += (double)weights.parts[lane] * battery_curve_power_w(&draw->curve, at_us - draw->since_us);
    }
    return sum;
}

/* Is some limit of the tree exceeded just after at_us; for EXCESS_OF_CARS, where cars draw at all? */
static bool is_over(const struct building *building, int64_t at_us, enum excess excess)
{
    const struct tree *tree = &building->tree;
    for (uint32_t i = 0; i < tree->node_count; i++)
        for (int lane = 0; lane < TREE_LANES; lane++) {
            const struct tree_node *node = &tree->nodes[i];
            int64_t limit = node->limit.parts[lane], cars = node->cars.parts[lane];
            int64_t outside = tree_outside_parts(tree, i, (enum tree_lane)lane);
            if (limit == INT64_MAX || cars + node->taper.parts[lane] + outside <= limit)
                continue;
            double cars_now = (double)cars + taper_parts(building, i, lane, at_us);
            if (cars_now + (double)outside > (double)limit && (excess == EXCESS_ANY || cars_now > 0))
                return true;
        }
    return false;
}

/* Time with such an excess in [now_us, until_us): no load ever increases there. */
static int64_t over_limit_us(const struct building *building, int64_t until_us, enum excess excess)
{
    if (!is_over(building, building->now_us, excess))
        return 0;
    int64_t over_us = building->now_us, under_us = until_us; /* over at the first; at the second not, or the end */
    while (under_us - over_us > 1) {
        int64_t middle_us = over_us + (under_us - over_us) / 2;
        if (is_over(building, middle_us, excess))
            over_us = middle_us;
        else
            under_us = middle_us;
    }
    return over_us + 1 - building->now_us;
}

static void note_unbalance(struct building *building)
{
    double leg_w[3] = {0};
    const struct tree *tree = &building->tree;
    for (uint32_t leg = 0; leg < tree->leg_count; leg++) {
        int64_t parts = tree->nodes[TREE_SERVICE].cars.parts[leg] + tree->outside.parts[leg];
        leg_w[leg] = ((double)parts + taper_parts(building, TREE_SERVICE, (int)leg, building->now_us)) / TREE_PARTS;
    }
    for (uint32_t i = 1; i < tree->leg_count; i++)
        for (uint32_t j = 0; j < i; j++)
            building->unbalance_w = fmax(building->unbalance_w, fabs(leg_w[i] - leg_w[j]));
}

/* A level that holds over midnight is the next day's as well. */
static void note_days(struct building *building, int64_t until_us)
{
    double bound_w = (double)(building->constant_w + building->taper_bound_w);
    for (int64_t at_us = building->now_us; at_us < until_us; at_us = (at_us / DAY_US + 1) * DAY_US) {
        float *peak_w = &building->day_peak_w[at_us / DAY_US];
        if (bound_w > (double)*peak_w)
            *peak_w = fmaxf(*peak_w, (float)cars_w(building, at_us));
    }
}

static void note_levels(struct building *building, int64_t until_us)
{
    int64_t bound_w = building->constant_w + building->taper_bound_w, outside_w = building->base_w - building->roof_w;
    if ((double)bound_w > building->peak_w || (double)(bound_w + outside_w) > building->site_peak_w) {
        double now_w = cars_w(building, building->now_us);
        building->peak_w = fmax(building->peak_w, now_w);
        building->site_peak_w = fmax(building->site_peak_w, now_w + (double)outside_w);
    }
    note_days(building, until_us);
    if (building->tree.has_limit) {
        building->over_limit_us += over_limit_us(building, until_us, EXCESS_ANY);
        building->fault_us += over_limit_us(building, until_us, EXCESS_OF_CARS);
    }
    if (building->tree.leg_count > 0)
        note_unbalance(building);
}

/* ---- exchange with the grid ------------------------------------------------------------------------------------ */

static double net_w(const struct building *building, int64_t at_us)
{
    return cars_w(building, at_us) + (double)(building->base_w - building->roof_w);
}

/* What came from the grid in [now_us, until_us), less what went there. Moves the tapering draws' marks. */
static __int128 net_uj(struct building *building, int64_t from_us, int64_t until_us)
{
    __int128 sum_uj = (__int128)(building->constant_w + building->base_w - building->roof_w) * (until_us - from_us);
    for (struct building_draw *draw = building->tapering; draw != NULL; draw = draw->next) {
        int64_t after_uj = battery_curve_energy_uj(&draw->curve, until_us - draw->since_us);
        sum_uj += after_uj - draw->split_uj;
        draw->split_uj = after_uj;
    }
    return sum_uj;
}

/* When the flow turns round in [now_us, until_us]: it never increases there. */
static int64_t turn_us(const struct building *building, int64_t until_us)
{
    if (net_w(building, building->now_us) < 0)
        return building->now_us;
    int64_t from_us = building->now_us, to_us = until_us;
    if (building->tapering == NULL || net_w(building, until_us) >= 0)
        return until_us;
    while (to_us - from_us > 1) {
        int64_t middle_us = from_us + (to_us - from_us) / 2;
        if (net_w(building, middle_us) < 0)
            to_us = middle_us;
        else
            from_us = middle_us;
    }
    return to_us;
}

static void exchange(struct building *building, int64_t until_us)
{
    int64_t change_us = turn_us(building, until_us);
    __int128 in_uj = net_uj(building, building->now_us, change_us), out_uj = -net_uj(building, change_us, until_us);
    building->sums.import_uj += in_uj;
    building->sums.export_uj += out_uj;
    if (building->has_transformer)
        transformer_pass(&building->transformer, building->now_us, until_us,
                         (double)(in_uj - out_uj) / (double)(until_us - building->now_us));
}

/* From here on the flow is split: a car gives for the first time. */
static void begin_exchange(struct building *building)
{
    if (building->exchanges)
        return;
    building->exchanges = true;
    building->sums.import_uj = building->sums.homes_uj + building->booked_uj;
    building->sums_before.import_uj = building->sums_before.homes_uj + (building->booked_uj - building->counted_uj);
    for (struct building_draw *draw = building->tapering; draw != NULL; draw = draw->next) {
        draw->split_uj = battery_curve_energy_uj(&draw->curve, building->now_us - draw->since_us);
        building->sums.import_uj += draw->split_uj - draw->curve.knee_uj;
    }
}

/* Books everything that held since the last change. */
static void advance(struct building *building, int64_t until_us)
{
    assert(until_us >= building->now_us);
    if (until_us == building->now_us)
        return;
    note_levels(building, until_us);
    if (building->exchanges)
        exchange(building, until_us);
    book_constant(building, until_us);
    building->now_us = until_us;
}

/* ---- draws ----------------------------------------------------------------------------------------------------- */

static void list_add(struct building *building, struct building_draw *draw)
{
    draw->is_tapering = true;
    draw->previous = NULL;
    draw->next = building->tapering;
    if (draw->next != NULL)
        draw->next->previous = draw;
    building->tapering = draw;
    building->taper_bound_w += draw->curve.power_w;
    tree_add_taper(&building->tree, draw->outlet, draw->curve.power_w);
    draw->split_uj = draw->curve.knee_uj;
}

static void list_remove(struct building *building, struct building_draw *draw)
{
    if (draw->previous != NULL)
        draw->previous->next = draw->next;
    else
        building->tapering = draw->next;
    if (draw->next != NULL)
        draw->next->previous = draw->previous;
    building->taper_bound_w -= draw->curve.power_w;
    tree_add_taper(&building->tree, draw->outlet, -draw->curve.power_w);
    draw->is_tapering = false;
}

static int64_t constant_w(const struct building_draw *draw)
{
    return draw->is_feeding ? -draw->curve.power_w : draw->curve.power_w;
}

static void add_constant(struct building *building, const struct building_draw *draw, int64_t power_w)
{
    building->constant_w += power_w;
    tree_add(&building->tree, draw->outlet, power_w);
}

void building_draw_start(struct building *building, struct building_draw *draw, int64_t now_us)
{
    assert(!draw->is_active && draw->curve.end_us > 0);
    advance(building, now_us);
    if (draw->is_feeding)
        begin_exchange(building);
    level_add(&building->drawing, now_us, draw->is_feeding ? 0 : 1);
    draw->is_active = true;
    draw->since_us = now_us;
    if (draw->curve.knee_us > 0)
        add_constant(building, draw, constant_w(draw));
    else
        list_add(building, draw);
}

void building_draw_taper(struct building *building, struct building_draw *draw, int64_t now_us)
{
    assert(draw->is_active && !draw->is_tapering && now_us == draw->since_us + draw->curve.knee_us);
    advance(building, now_us);
    add_constant(building, draw, -draw->curve.power_w);
    list_add(building, draw);
}

int64_t building_draw_stop(struct building *building, struct building_draw *draw, int64_t now_us)
{
    assert(draw->is_active);
    advance(building, now_us);
    level_add(&building->drawing, now_us, draw->is_feeding ? 0 : -1);
    int64_t energy_uj = battery_curve_energy_uj(&draw->curve, now_us - draw->since_us);
    if (draw->is_tapering) {
        book_taper(building, draw, draw->since_us + draw->curve.knee_us, now_us);
        list_remove(building, draw);
    } else {
        add_constant(building, draw, -constant_w(draw));
        int64_t excess_uj = draw->curve.power_w * (now_us - draw->since_us) - energy_uj;
        int64_t too_much_uj = draw->is_feeding ? -excess_uj : excess_uj;
        if (excess_uj != 0) /* the car stopped inside the last microsecond */
            book_step(building, now_us - 1, -too_much_uj);
        if (building->exchanges)
            building->sums.import_uj -= too_much_uj;
    }
    draw->is_active = false;
    return energy_uj;
}

/* What was reckoned too much or too little is put right in the last microsecond. */
void building_draw_measure(struct building *building, struct building_draw *draw, int64_t energy_uj, int64_t power_w,
                           int64_t now_us)
{
    assert(energy_uj >= 0 && power_w >= 0 && !draw->is_tapering && !draw->is_feeding);
    advance(building, now_us);
    int64_t more_uj = energy_uj - building_draw_booked_uj(building, draw);
    if (more_uj != 0)
        book_step(building, now_us > 0 ? now_us - 1 : 0, more_uj);
    if (building->exchanges)
        building->sums.import_uj += more_uj;
    if (draw->is_active)
        add_constant(building, draw, -draw->curve.power_w);
    level_add(&building->drawing, now_us, (power_w > 0) - draw->is_active);
    draw->curve.power_w = power_w;
    draw->since_us = now_us;
    draw->is_active = power_w > 0;
    if (draw->is_active)
        add_constant(building, draw, power_w);
}

int64_t building_draw_booked_uj(const struct building *building, const struct building_draw *draw)
{
    if (!draw->is_active)
        return 0;
    if (draw->is_tapering)
        return draw->curve.knee_uj;
    return constant_w(draw) * (building->now_us - draw->since_us);
}

void building_set_outside(struct building *building, int64_t base_w, int64_t roof_w, const struct tree_lanes *outside,
                          int64_t now_us)
{
    assert(base_w >= 0 && roof_w >= 0 && building->step_outside_uj != NULL);
    advance(building, now_us);
    building->base_w = base_w;
    building->roof_w = roof_w;
    tree_set_outside(&building->tree, outside);
}

/* ---- results --------------------------------------------------------------------------------------------------- */

void building_restart(struct building *building, int64_t now_us)
{
    advance(building, now_us);
    level_restart(&building->drawing, now_us);
    building->since_us = now_us;
    building->counted_uj = 0;
    building->sums_before = building->sums;
    building->peak_w = building->site_peak_w = building->unbalance_w = 0;
    building->over_limit_us = 0;
    if (building->has_transformer)
        transformer_restart(&building->transformer);
}

void building_finish(struct building *building, int64_t now_us)
{
    assert(building->constant_w == 0 && building->tapering == NULL);
    advance(building, now_us);
    level_finish(&building->drawing, now_us);
}

double building_load_w(const struct building *building, size_t step, int64_t duration_us)
{
    assert(step < building->step_count);
    int64_t start_us = (int64_t)step * building->step_us;
    int64_t length_us = min64(building->step_us, max64(duration_us - start_us, 1));
    double cars_w = (double)building->step_uj[step] / (double)length_us;
    if (building->step_outside_uj == NULL)
        return (double)building->base_w + cars_w;
    return (double)building->step_outside_uj[step] / (double)length_us + cars_w;
}

double building_peak_w(const struct building *building)
{
    return building->site_peak_w;
}

double building_peak_a(const struct building *building)
{
    return building_peak_w(building) / (double)building->voltage_v;
}

double building_day_peak_p95_w(const struct building *building)
{
    struct sample sample;
    bool is_whole = true;
    sample_init(&sample);
    for (int64_t day = (building->since_us + DAY_US - 1) / DAY_US; (day + 1) * DAY_US <= building->now_us; day++)
        is_whole = is_whole && sample_add(&sample, (double)building->day_peak_w[day]);
    double peak_w = is_whole ? sample_quantile(&sample, 0.95) : NAN;
    sample_free(&sample);
    return peak_w;
}

struct building_sums building_counted(const struct building *building)
{
    const struct building_sums *all = &building->sums, *before = &building->sums_before;
    struct building_sums counted = {.homes_uj = all->homes_uj - before->homes_uj,
                                    .roof_uj = all->roof_uj - before->roof_uj,
                                    .import_uj = all->import_uj - before->import_uj,
                                    .export_uj = all->export_uj - before->export_uj};
    if (!building->exchanges)
        counted.import_uj = counted.homes_uj + building->counted_uj;
    return counted;
}

bool building_audit(const struct building *building, char *why, size_t why_size)
{
    const struct building_sums *sums = &building->sums;
    if (!building->exchanges)
        return true;
    __int128 cars_uj = building->booked_uj;
    for (const struct building_draw *draw = building->tapering; draw != NULL; draw = draw->next)
        cars_uj += draw->split_uj - draw->curve.knee_uj;
    __int128 missing_uj = sums->import_uj - sums->export_uj - (sums->homes_uj - sums->roof_uj + cars_uj);
    if (missing_uj == 0)
        return true;
    snprintf(why, why_size, "the service took %.9f kWh and gave %.9f kWh: %.0f uJ more than homes, roof and cars say",
             (double)sums->import_uj / 3.6e12, (double)sums->export_uj / 3.6e12, (double)missing_uj);
    return false;
}
