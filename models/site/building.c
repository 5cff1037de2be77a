/* building.c: the service's levels between two changes, and the exact load series.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/building.h"

#include "models/least.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool building_init(struct building *building, const struct building_config *config, int64_t duration_us,
                   int64_t step_us)
{
    assert(duration_us > 0 && step_us > 0);
    *building = (struct building){
        .voltage_v = config->outlets.voltage_v,
        .base_w = config->flats * config->base_load_w_per_flat,
        .limit_w = INT64_MAX,
        .step_us = step_us,
        .step_count = (size_t)((duration_us + step_us - 1) / step_us),
    };
    if (config->service_limit_ma != CONFIG_SERVICE_UNLIMITED_MA)
        building->limit_w = config->service_limit_ma * building->voltage_v / 1000;
    level_init(&building->drawing, 0, 0);
    building->step_uj = calloc(building->step_count, sizeof building->step_uj[0]);
    return building->step_uj != NULL;
}

void building_close(struct building *building)
{
    free(building->step_uj);
    building->step_uj = NULL;
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

/* Books constant_w over [now_us, until_us). The warm-up's end is always a change, so no interval straddles it. */
static void book_constant(struct building *building, int64_t until_us)
{
    if (building->constant_w == 0)
        return;
    for (int64_t at_us = building->now_us; at_us < until_us;) {
        int64_t step_end_us = (at_us / building->step_us + 1) * building->step_us;
        int64_t end_us = min64(step_end_us, until_us);
        book_step(building, at_us, (__int128)building->constant_w * (end_us - at_us));
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

static bool is_over(const struct building *building, int64_t at_us)
{
    return cars_w(building, at_us) + (double)building->base_w > (double)building->limit_w;
}

/* Time over the limit in [now_us, until_us): the sum never increases there. */
static int64_t over_limit_us(const struct building *building, int64_t until_us)
{
    if (!is_over(building, building->now_us))
        return 0;
    int64_t over_us = building->now_us, under_us = until_us; /* over at the first; at the second not, or the end */
    while (under_us - over_us > 1) {
        int64_t middle_us = over_us + (under_us - over_us) / 2;
        if (is_over(building, middle_us))
            over_us = middle_us;
        else
            under_us = middle_us;
    }
    return over_us + 1 - building->now_us;
}

/* Books everything that held since the last change. */
static void advance(struct building *building, int64_t until_us)
{
    assert(until_us >= building->now_us);
    if (until_us == building->now_us)
        return;
    int64_t bound_w = building->constant_w + building->taper_bound_w;
    if ((double)bound_w > building->peak_w) {
        double now_w = cars_w(building, building->now_us);
        if (now_w > building->peak_w)
            building->peak_w = now_w;
    }
    if (bound_w + building->base_w > building->limit_w) {
        int64_t over_us = over_limit_us(building, until_us);
        building->over_limit_us += over_us;
        building->over_ever_us += over_us;
    }
    book_constant(building, until_us);
    building->now_us = until_us;
}

static void list_add(struct building *building, struct building_draw *draw)
{
    draw->is_tapering = true;
    draw->previous = NULL;
    draw->next = building->tapering;
    if (draw->next != NULL)
        draw->next->previous = draw;
    building->tapering = draw;
    building->taper_bound_w += draw->curve.power_w;
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
    draw->is_tapering = false;
}

static int64_t constant_w(const struct building_draw *draw)
{
    return draw->is_feeding ? -draw->curve.power_w : draw->curve.power_w;
}

void building_draw_start(struct building *building, struct building_draw *draw, int64_t now_us)
{
    assert(!draw->is_active && draw->curve.end_us > 0);
    advance(building, now_us);
    level_add(&building->drawing, now_us, draw->is_feeding ? 0 : 1);
    draw->is_active = true;
    draw->since_us = now_us;
    if (draw->curve.knee_us > 0)
        building->constant_w += constant_w(draw);
    else
        list_add(building, draw);
}

void building_draw_taper(struct building *building, struct building_draw *draw, int64_t now_us)
{
    assert(draw->is_active && !draw->is_tapering && now_us == draw->since_us + draw->curve.knee_us);
    advance(building, now_us);
    building->constant_w -= draw->curve.power_w;
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
        building->constant_w -= constant_w(draw);
        int64_t excess_uj = draw->curve.power_w * (now_us - draw->since_us) - energy_uj;
        if (excess_uj != 0) /* the car stopped inside the last microsecond */
            book_step(building, now_us - 1, draw->is_feeding ? excess_uj : -excess_uj);
    }
    draw->is_active = false;
    return energy_uj;
}

int64_t building_draw_booked_uj(const struct building *building, const struct building_draw *draw)
{
    if (!draw->is_active)
        return 0;
    if (draw->is_tapering)
        return draw->curve.knee_uj;
    return constant_w(draw) * (building->now_us - draw->since_us);
}

/* ---- results --------------------------------------------------------------------------------------------------- */

void building_restart(struct building *building, int64_t now_us)
{
    advance(building, now_us);
    level_restart(&building->drawing, now_us);
    building->since_us = now_us;
    building->counted_uj = 0;
    building->peak_w = 0;
    building->over_limit_us = 0;
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
    return (double)building->base_w + (double)building->step_uj[step] / (double)length_us;
}

double building_peak_w(const struct building *building)
{
    return building->peak_w + (double)building->base_w;
}

double building_peak_a(const struct building *building)
{
    return building_peak_w(building) / (double)building->voltage_v;
}
