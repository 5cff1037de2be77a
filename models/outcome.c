/* outcome.c: the end of a run: books closed, audits, metrics of the site.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/build.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define UJ_PER_KWH 3.6e12

/* Channels that are still open will have to be closed one day: the run that used them pays for it. */
static void book_closings(struct world *world)
{
    struct outcome_rail look;
    outcome_rail_look(&look, &world->rail, NULL);
    measure_closings(&world->measure, look.report.closing_msat, look.report.closing_wu);
}

void world_finish(struct world *world)
{
    int64_t now_us = sim_now_us(world->sim);
    book_closings(world);
    trading_finish(world);
    for (uint32_t i = 0; i < world->outlet_count; i++)
        outlet_finish(&world->outlets[i]);
    building_finish(&world->building, now_us);
    level_finish(&world->parking.plugged, now_us);
    if (world->is_managed)
        manage_finish(&world->manage, now_us);
    for (uint32_t number = 0; number < world->sessions.slab.limit; number++) {
        const struct session *session = session_at(&world->sessions, number);
        if (!session->is_used)
            continue;
        sessions_settle(&world->sessions, number);
        measure_session(&world->measure, &world->sessions, session);
        guests_count(world, session);
    }
}

/* ---- metrics --------------------------------------------------------------------------------------------------- */

/* Level summed over time as share of what all outlets could have had. */
static double share_of_outlets(const struct world *world, const struct level *level)
{
    return 100 * level_mean(level) / (double)world->outlet_count;
}

static void roof_metrics(const struct building *building, const struct building_sums *sums,
                         double metrics[METRIC_COUNT])
{
    double used_uj = (double)sums->homes_uj + (double)building->counted_uj, roof_uj = (double)sums->roof_uj;
    metrics[METRIC_SITE_HOMES] = (double)sums->homes_uj / UJ_PER_KWH;
    metrics[METRIC_SITE_ROOF] = roof_uj / UJ_PER_KWH;
    metrics[METRIC_SITE_IMPORT] = (double)sums->import_uj / UJ_PER_KWH;
    metrics[METRIC_SITE_EXPORT] = (double)sums->export_uj / UJ_PER_KWH;
    if (roof_uj > 0)
        metrics[METRIC_SITE_SELF_CONSUMPTION] = 100 * (roof_uj - (double)sums->export_uj) / roof_uj;
    if (used_uj > 0)
        metrics[METRIC_SITE_SELF_SUFFICIENCY] = 100 * (used_uj - (double)sums->import_uj) / used_uj;
    if (building->tree.leg_count > 0) {
        double leg_v = (double)building->voltage_v / (double)building->tree.leg_count;
        metrics[METRIC_SITE_UNBALANCE] = building->unbalance_w / leg_v;
    }
}

static void transformer_metrics(const struct building *building, double metrics[METRIC_COUNT])
{
    const struct transformer *transformer = &building->transformer;
    if (!building->has_transformer || transformer->length_us == 0)
        return;
    metrics[METRIC_TRANSFORMER_LOAD] = 100 * transformer->load_max;
    metrics[METRIC_TRANSFORMER_HOT_SPOT] = transformer->hot_max_c;
    metrics[METRIC_TRANSFORMER_AGEING] = transformer->life_us / (double)transformer->length_us;
    metrics[METRIC_TRANSFORMER_LOSS] = (double)transformer->loss_uj / UJ_PER_KWH;
}

static void site_metrics(const struct world *world, double metrics[METRIC_COUNT])
{
    const struct building *building = &world->building;
    double rated_w = (double)outlet_config_power_w(&world->config->building.outlets) * (double)world->outlet_count;
    struct building_sums sums = building_counted(building);
    metrics[METRIC_OUTLET_UTILISATION] = share_of_outlets(world, &world->parking.plugged);
    metrics[METRIC_OUTLET_CHARGING_SHARE] = share_of_outlets(world, &building->drawing);
    double plugged = level_mean(&world->parking.plugged);
    metrics[METRIC_OUTLET_IDLE_SHARE] = plugged > 0 ? 100 * (1 - level_mean(&building->drawing) / plugged) : NAN;
    metrics[METRIC_SITE_ENERGY] = ((double)building->counted_uj + (double)sums.homes_uj) / UJ_PER_KWH;
    metrics[METRIC_SITE_PEAK_CURRENT] = building_peak_a(building);
    metrics[METRIC_SITE_PEAK_POWER] = building_peak_w(building);
    metrics[METRIC_SITE_COINCIDENCE_FACTOR] = building->peak_w / rated_w;
    metrics[METRIC_SITE_COINCIDENCE_P95] = building_day_peak_p95_w(building) / rated_w;
    metrics[METRIC_SITE_OVER_LIMIT_TIME] = (double)building->over_limit_us / 1e6;
    roof_metrics(building, &sums, metrics);
    transformer_metrics(building, metrics);
    metrics[METRIC_CAR_SHORTFALL] = (double)world->fleet.shortfall_uj / UJ_PER_KWH;
    metrics[METRIC_CAR_SHORTFALL_COUNT] = (double)world->fleet.shortfall_count;
}

/* After the metrics of sessions and fees. */
static void investment_metrics(const struct world *world, double metrics[METRIC_COUNT])
{
    const struct investment_config *config = &world->config->building.investment;
    const struct money *money = &world->sessions.money;
    double cost_yen =
        money_yen(money, (double)config->outlet_msat * world->outlet_count + (double)config->service_msat);
    double year = (double)(world->building.now_us - world->building.since_us) / (365.25 * 86400e6);
    if (cost_yen == 0 || year == 0)
        return;
    double energy_yen = metrics[METRIC_ENERGY_DELIVERED] * (double)config->energy_uyen_per_kwh / 1e6;
    double surplus_yen = (metrics[METRIC_REVENUE] - metrics[METRIC_FEE_TOTAL] - energy_yen) / year;
    metrics[METRIC_INVESTMENT_SURPLUS] = surplus_yen;
    if (surplus_yen > 0)
        metrics[METRIC_INVESTMENT_PAYBACK] = cost_yen / surplus_yen;
}

/* Unmanaged charging gives every car what it takes. */
static void manage_metrics(const struct world *world, double metrics[METRIC_COUNT])
{
    const struct manage *manage = &world->manage;
    double wanting = world->is_managed ? level_area(&manage->wanting) : 0;
    metrics[METRIC_CHARGING_CURTAILED_SHARE] = wanting > 0 ? 100 * level_area(&manage->curtailed) / wanting : 0;
    metrics[METRIC_CHARGING_CHANGES_PER_SESSION] =
        (double)manage->change_count / metrics[METRIC_SESSION_COUNT]; /* NaN: 0 of none */
}

void world_metrics(struct world *world, double metrics[METRIC_COUNT])
{
    for (int i = 0; i < METRIC_COUNT; i++)
        metrics[i] = NAN;
    measure_finish(&world->measure, metrics, &world->sessions, sim_now_us(world->sim));
    site_metrics(world, metrics);
    trading_metrics(world, metrics);
    guests_metrics(world, metrics);
    investment_metrics(world, metrics);
    struct outcome_rail look;
    outcome_rail_look(&look, &world->rail, world->chain);
    outcome_rail_metrics(metrics, &world->warmup_look, &look, &world->sessions.money,
                         world->config->chain.block_target_us);
    manage_metrics(world, metrics);
}

/* ---- audits ---------------------------------------------------------------------------------------------------- */

static double kwh(__int128 energy_uj)
{
    return (double)energy_uj / UJ_PER_KWH;
}

/* Every microjoule that a meter shows is some session's to pay for. */
static bool audit_meters(const struct world *world, char *why, size_t why_size)
{
    __int128 shown_uj = 0, metered_uj = sessions_metered_uj(&world->sessions);
    for (uint32_t i = 0; i < world->outlet_count; i++) {
        struct outlet_port port = outlet_port(&world->outlets[i]);
        shown_uj += port.ops->meter_uj(port.self);
    }
    if (shown_uj == metered_uj)
        return true;
    snprintf(why, why_size, "the outlets' meters show %.9f kWh, sessions were debited for %.9f kWh", kwh(shown_uj),
             kwh(metered_uj));
    return false;
}

/* What a car wants is what it came for, less what it took, and what it gave and lost in giving. */
static bool audit_batteries(const struct world *world, char *why, size_t why_size)
{
    for (uint32_t number = 0; number < world->sessions.slab.limit; number++) {
        const struct session *session = session_at(&world->sessions, number);
        const struct battery *battery = &session->battery;
        int64_t lost_uj = battery->refill_uj - battery->given_uj;
        int64_t wanted_uj = session_demand_uj(session) - battery->taken_uj;
        if (!session->is_used || session->is_device || (battery->wanted_uj == wanted_uj && lost_uj >= 0))
            continue;
        snprintf(why, why_size, "car %" PRIu32 " wants %.9f kWh, its books say %.9f kWh; giving has cost it %.9f kWh",
                 session->car, kwh(battery->wanted_uj), kwh(wanted_uj), kwh(lost_uj));
        return false;
    }
    return true;
}

bool world_audit_energy(const void *object, char *why, size_t why_size)
{
    const struct world *world = object;
    __int128 outlets_uj = 0, fed_uj = 0, drawing_uj = 0, cars_uj = world->past_taken_uj,
             given_uj = world->past_given_uj;
    for (uint32_t i = 0; i < world->outlet_count; i++) {
        outlets_uj += world->outlets[i].finished_uj;
        fed_uj += world->outlets[i].fed_uj;
        drawing_uj += building_draw_booked_uj(&world->building, &world->outlets[i].draw) + world->outlets[i].stray_uj;
    }
    for (uint32_t number = 0; number < world->sessions.slab.limit; number++) {
        cars_uj += session_at(&world->sessions, number)->battery.taken_uj;
        given_uj += session_at(&world->sessions, number)->battery.given_uj;
    }
    __int128 all_uj = outlets_uj - fed_uj + drawing_uj;
    if (outlets_uj == cars_uj && fed_uj == given_uj && all_uj == world->building.booked_uj)
        return audit_meters(world, why, why_size) && audit_batteries(world, why, why_size) &&
               building_audit(&world->building, why, why_size);
    snprintf(
        why, why_size,
        "outlets gave %.9f kWh, cars took %.9f kWh and gave back %.9f kWh of %.9f kWh, the building booked %.9f kWh "
        "of %.9f kWh",
        kwh(outlets_uj), kwh(cars_uj), kwh(given_uj), kwh(fed_uj), kwh(world->building.booked_uj), kwh(all_uj));
    return false;
}

bool world_audit_money(const void *object, char *why, size_t why_size)
{
    const struct world *world = object;
    return ledger_audit(&world->ledger, why, why_size) && world->rail.ops->audit(world->rail.self, why, why_size);
}

bool world_audit_sessions(const void *object, char *why, size_t why_size)
{
    const struct world *world = object;
    return sessions_audit(&world->sessions, &world->ledger, why, why_size);
}

bool world_audit_limit(const void *object, char *why, size_t why_size)
{
    const struct world *world = object;
    const struct building *building = &world->building;
    if (building->fault_us == 0)
        return true;
    snprintf(why, why_size,
             "managed charging has drawn for %.6f s where a limit was exceeded (the service's: %" PRId64 " W)",
             (double)building->fault_us / 1e6, building->limit_w);
    return false;
}
