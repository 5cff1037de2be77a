/* outlet.c: contactor, meter and draw of one outlet.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/outlet.h"

#include "models/least.h"

#include <assert.h>
#include <math.h>

#define NEVER_US INT64_MAX

static int64_t now_us(const struct outlet *outlet)
{
    return sim_now_us(outlet->site->sim);
}

int64_t outlet_config_power_w(const struct outlet_config *config)
{
    return outlet_config_watts(config, config->current_ma);
}

/* ---- energy and the step event --------------------------------------------------------------------------------- */

bool outlet_is_feeding(const struct outlet *outlet)
{
    return outlet->draw.is_active && outlet->draw.is_feeding;
}

static bool is_drawing(const struct outlet *outlet)
{
    return outlet->draw.is_active && !outlet->draw.is_feeding;
}

/* What a device's meter shows and nobody has booked. */
static int64_t unbooked_uj(const struct outlet *outlet)
{
    return outlet->device.ops->meter_uj(outlet->device.self) - outlet->seen_uj;
}

static int64_t present_uj(const struct outlet *outlet)
{
    return battery_curve_energy_uj(&outlet->draw.curve, now_us(outlet) - outlet->draw.since_us);
}

int64_t outlet_energy_uj(const struct outlet *outlet)
{
    if (outlet->is_device)
        return outlet->finished_uj + (outlet->battery != NULL ? unbooked_uj(outlet) : 0);
    return outlet->finished_uj + (is_drawing(outlet) ? present_uj(outlet) : 0);
}

int64_t outlet_fed_uj(const struct outlet *outlet)
{
    return outlet->fed_uj + (outlet_is_feeding(outlet) ? present_uj(outlet) : 0);
}

static int64_t meter_uj(void *self)
{
    struct outlet *outlet = self;
    int64_t energy_uj = outlet_energy_uj(outlet);
    return energy_uj - energy_uj % outlet->site->config->meter_resolution_uj;
}

/* When the meter's reading is at least the watched value. */
static int64_t watch_due_us(const struct outlet *outlet)
{
    if (outlet->watch_uj == INT64_MAX)
        return NEVER_US;
    int64_t resolution_uj = outlet->site->config->meter_resolution_uj;
    int64_t steps = outlet->watch_uj / resolution_uj + (outlet->watch_uj % resolution_uj != 0);
    int64_t missing_uj = steps * resolution_uj - outlet->finished_uj;
    if (missing_uj <= 0)
        return now_us(outlet);
    if (!is_drawing(outlet))
        return NEVER_US;
    int64_t after_us = battery_curve_time_us(&outlet->draw.curve, missing_uj);
    if (after_us == INT64_MAX)
        return NEVER_US;
    int64_t due_us = outlet->draw.since_us + after_us;
    return due_us > now_us(outlet) ? due_us : now_us(outlet);
}

static int64_t knee_due_us(const struct building_draw *draw)
{
    bool is_ahead = draw->is_active && !draw->is_tapering && draw->curve.tail_uj > 0;
    return is_ahead ? draw->since_us + draw->curve.knee_us : NEVER_US;
}

static int64_t end_due_us(const struct building_draw *draw)
{
    return draw->is_active ? draw->since_us + draw->curve.end_us : NEVER_US;
}

/* One event serves knee, end and watch, whichever comes first. */
static void plan_step(struct outlet *outlet)
{
    struct sim *sim = outlet->site->sim;
    int64_t due_us = min64(knee_due_us(&outlet->draw), end_due_us(&outlet->draw));
    due_us = min64(due_us, watch_due_us(outlet));
    if (due_us == NEVER_US) {
        sim_cancel(sim, outlet->step_due);
        return;
    }
    if (sim_move(sim, outlet->step_due, due_us))
        return;
    outlet->step_due =
        sim_schedule(sim, due_us, SIM_MODEL,
                     &(struct sim_action){.kind = outlet->site->step_kind, .entity = outlet->number, .object = outlet});
}

int64_t outlet_round_trip_ppm(const struct car_config *car)
{
    return max64(1, car->efficiency_ppm * car->feed_efficiency_ppm / 1000000);
}

struct battery outlet_battery(const struct outlet *outlet)
{
    struct battery battery = *outlet->battery;
    if (outlet_is_feeding(outlet))
        battery_give(&battery, present_uj(outlet), outlet_round_trip_ppm(outlet->site->car));
    else if (outlet->draw.is_active)
        battery_take(&battery, present_uj(outlet));
    return battery;
}

static void draw_stop(struct outlet *outlet)
{
    if (!outlet->draw.is_active)
        return;
    bool is_feeding = outlet->draw.is_feeding;
    int64_t *total_uj = is_feeding ? &outlet->fed_uj : &outlet->finished_uj;
    int64_t energy_uj = building_draw_stop(outlet->site->building, &outlet->draw, now_us(outlet));
    bool is_overflow = __builtin_add_overflow(*total_uj, energy_uj, total_uj);
    assert(!is_overflow);
    if (is_feeding)
        battery_give(outlet->battery, energy_uj, outlet_round_trip_ppm(outlet->site->car));
    else
        battery_take(outlet->battery, energy_uj);
}

static void say_idle(struct outlet *outlet)
{
    const struct outlet_listener *listener = &outlet->site->listener;
    outlet->is_paused = true;
    if (listener->on_idle != NULL)
        listener->on_idle(listener->self, outlet->number);
}

static void say_fed(struct outlet *outlet)
{
    const struct outlet_listener *listener = &outlet->site->listener;
    if (listener->on_fed != NULL)
        listener->on_fed(listener->self, outlet->number);
}

int64_t outlet_most_w(const struct outlet_site *site)
{
    int64_t power_w = outlet_config_power_w(site->config);
    return site->car->charger_w > 0 ? min64(power_w, site->car->charger_w) : power_w;
}

/* The battery's own limit below its taper; 0: none. */
static int64_t own_limit_w(const struct outlet_site *site)
{
    switch (site->car->knee) {
    case KNEE_IDEAL:
        return 0;
    case KNEE_AC:
        return outlet_most_w(site);
    case KNEE_DC:
        return site->car->dc_power_w;
    }
    assert(false && "a knee of no kind");
    return 0;
}

/* Begins, or begins anew, to draw with the present limits. Returns false if the car takes nothing. */
static bool draw_start(struct outlet *outlet)
{
    draw_stop(outlet);
    const struct outlet_site *site = outlet->site;
    int64_t limited_w = outlet_config_watts(site->config, outlet->limit_ma);
    int64_t power_w = min64(outlet_most_w(site), min64(limited_w, outlet->granted_w));
    struct battery_limits limits = {.power_w = power_w,
                                    .own_limit_w = own_limit_w(site),
                                    .taper_ppm = site->car->taper_from_ppm,
                                    .idle_w = site->car->idle_below_w};
    outlet->draw.is_feeding = false;
    battery_curve_init(&outlet->draw.curve, outlet->battery, &limits);
    if (outlet->draw.curve.end_uj == 0)
        return false;
    building_draw_start(site->building, &outlet->draw, now_us(outlet));
    return true;
}

static void handle_step(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct outlet *outlet = object;
    int64_t now = sim_now_us(sim);
    if (end_due_us(&outlet->draw) == now) {
        bool was_feeding = outlet->draw.is_feeding;
        draw_stop(outlet);
        plan_step(outlet);
        if (was_feeding)
            say_fed(outlet);
        else
            say_idle(outlet);
        return;
    }
    if (knee_due_us(&outlet->draw) == now)
        building_draw_taper(outlet->site->building, &outlet->draw, now);
    bool is_reached = watch_due_us(outlet) == now;
    if (is_reached)
        outlet->watch_uj = INT64_MAX;
    plan_step(outlet);
    const struct outlet_listener *listener = &outlet->site->listener;
    if (is_reached && listener->on_energy != NULL)
        listener->on_energy(listener->self, outlet->number, meter_uj(outlet));
}

/* ---- contactor ------------------------------------------------------------------------------------------------- */

static void move_contact(struct outlet *outlet, enum contact contact)
{
    struct sim *sim = outlet->site->sim;
    sim_cancel(sim, outlet->contact_due);
    outlet->contact = contact;
    outlet->contact_due = sim_schedule(
        sim, sim_now_us(sim) + outlet->site->config->contactor_delay_us, SIM_TIMER,
        &(struct sim_action){
            .kind = outlet->site->contact_kind, .entity = outlet->number, .object = outlet, .argument = contact});
}

static void contact_closed(struct outlet *outlet)
{
    const struct outlet_listener *listener = &outlet->site->listener;
    outlet->contact = CONTACT_CLOSED;
    outlet->is_paused = false;
    bool is_granted = outlet->battery != NULL && outlet->granted_w > 0;
    bool is_idle = is_granted && !draw_start(outlet);
    plan_step(outlet);
    if (listener->on_closed != NULL)
        listener->on_closed(listener->self, outlet->number);
    if (is_idle)
        say_idle(outlet);
}

static void forget_grant(struct outlet *outlet)
{
    outlet->granted_w = outlet->site->is_managed ? 0 : INT64_MAX;
}

static void contact_opened(struct outlet *outlet)
{
    const struct outlet_listener *listener = &outlet->site->listener;
    bool was_feeding = outlet_is_feeding(outlet);
    draw_stop(outlet);
    outlet->contact = CONTACT_OPEN;
    forget_grant(outlet);
    plan_step(outlet);
    if (outlet->is_wanted_on)
        move_contact(outlet, CONTACT_CLOSING);
    if (was_feeding)
        say_fed(outlet);
    if (listener->on_opened != NULL)
        listener->on_opened(listener->self, outlet->number);
}

static void handle_contact(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity;
    if (argument == CONTACT_CLOSING)
        contact_closed(object);
    else
        contact_opened(object);
}

static void switch_off(void *self)
{
    struct outlet *outlet = self;
    outlet->is_wanted_on = false;
    sim_cancel(outlet->site->sim, outlet->lease_due);
    if (outlet->contact != CONTACT_OPENING)
        move_contact(outlet, CONTACT_OPENING);
}

static void handle_lease(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    switch_off(object);
}

static void renew_lease(struct outlet *outlet, int64_t lease_us)
{
    struct sim *sim = outlet->site->sim;
    if (lease_us == INT64_MAX) {
        sim_cancel(sim, outlet->lease_due);
        return;
    }
    assert(lease_us > 0);
    int64_t due_us = sim_now_us(sim) + lease_us;
    if (!sim_move(sim, outlet->lease_due, due_us))
        outlet->lease_due = sim_schedule(
            sim, due_us, SIM_TIMER,
            &(struct sim_action){.kind = outlet->site->lease_kind, .entity = outlet->number, .object = outlet});
}

static void switch_on(void *self, int64_t limit_ma, int64_t lease_us)
{
    struct outlet *outlet = self;
    assert(limit_ma >= 0);
    bool is_new_limit = outlet->limit_ma != limit_ma;
    outlet->is_wanted_on = true;
    outlet->limit_ma = limit_ma;
    renew_lease(outlet, lease_us);
    if (outlet->contact == CONTACT_OPEN) {
        move_contact(outlet, CONTACT_CLOSING);
    } else if (outlet->contact == CONTACT_CLOSED && (is_new_limit || outlet->is_paused) && outlet->battery != NULL &&
               !outlet_is_feeding(outlet)) {
        outlet->is_paused = false;
        if (outlet->granted_w > 0)
            draw_start(outlet); /* a car that is full stays silent: it was told so when it stopped */
        plan_step(outlet);
    }
}

static void watch(void *self, int64_t watch_uj)
{
    struct outlet *outlet = self;
    outlet->watch_uj = watch_uj;
    plan_step(outlet);
}

static bool feed(void *self, int64_t power_w, int64_t energy_uj)
{
    struct outlet *outlet = self;
    const struct car_config *car = outlet->site->car;
    assert(power_w > 0 && power_w <= car->feed_w);
    if (outlet->battery == NULL || outlet->contact != CONTACT_CLOSED)
        return false;
    struct battery battery = outlet_battery(outlet);
    int64_t most_uj = min64(energy_uj, battery_spare_uj(&battery, car->feed_reserve_ppm, outlet_round_trip_ppm(car)));
    if (most_uj <= 0)
        return false;
    draw_stop(outlet);
    outlet->is_paused = true;
    forget_grant(outlet);
    outlet->draw.is_feeding = true;
    battery_curve_give(&outlet->draw.curve, power_w, most_uj);
    building_draw_start(outlet->site->building, &outlet->draw, now_us(outlet));
    plan_step(outlet);
    return true;
}

static int64_t fed_uj(void *self)
{
    return outlet_fed_uj(self);
}

/* ---- the world's side ------------------------------------------------------------------------------------------ */

static const struct outlet_ops ops = {.switch_on = switch_on,
                                      .switch_off = switch_off,
                                      .meter_uj = meter_uj,
                                      .watch = watch,
                                      .feed = feed,
                                      .fed_uj = fed_uj};

void outlet_site_init(struct outlet_site *site, struct sim *sim, struct building *building,
                      const struct building_config *config, const struct car_config *car)
{
    *site = (struct outlet_site){.sim = sim, .building = building, .config = &config->outlets, .car = car};
    assert(site->config->meter_resolution_uj >= 1 && site->config->contactor_delay_us >= 0);
    site->contact_kind = sim_kind_add(sim, "outlet.contact", handle_contact);
    site->lease_kind = sim_kind_add(sim, "outlet.lease", handle_lease);
    site->step_kind = sim_kind_add(sim, "outlet.step", handle_step);
}

void outlet_init(struct outlet *outlet, struct outlet_site *site, uint32_t number)
{
    *outlet = (struct outlet){.site = site, .number = number, .watch_uj = INT64_MAX, .draw = {.outlet = number}};
    forget_grant(outlet);
}

/* ---- devices ---------------------------------------------------------------------------------------------------- */

static void device_on(void *self, int64_t limit_ma, int64_t lease_us)
{
    struct outlet *outlet = self;
    outlet->contact = outlet->contact == CONTACT_CLOSED ? CONTACT_CLOSED : CONTACT_CLOSING;
    outlet->device.ops->switch_on(outlet->device.self, limit_ma, lease_us);
}

static void device_off(void *self)
{
    struct outlet *outlet = self;
    outlet->contact = CONTACT_OPENING;
    outlet->device.ops->switch_off(outlet->device.self);
}

static int64_t device_meter_uj(void *self)
{
    return outlet_energy_uj(self);
}

static void device_watch(void *self, int64_t watch_uj)
{
    struct outlet *outlet = self;
    int64_t more_uj = outlet->seen_uj - outlet->finished_uj;
    int64_t at_uj = watch_uj > INT64_MAX - more_uj ? INT64_MAX : watch_uj + more_uj;
    outlet->device.ops->watch(outlet->device.self, at_uj);
}

static const struct outlet_ops device_ops = {
    .switch_on = device_on, .switch_off = device_off, .meter_uj = device_meter_uj, .watch = device_watch};

void outlet_attach(struct outlet *outlet, const struct outlet_port *device)
{
    assert(outlet->battery == NULL && outlet->finished_uj == 0);
    outlet->is_device = true;
    outlet->device = *device;
    outlet->seen_uj = device->ops->meter_uj(device->self);
    outlet->measured_us = now_us(outlet);
}

/* It may draw more than the car of the model wanted. */
static void take_measured(struct battery *battery, int64_t energy_uj)
{
    int64_t wanted_uj = min64(energy_uj, battery->wanted_uj);
    battery_take(battery, wanted_uj);
    battery->taken_uj += energy_uj - wanted_uj;
}

/* Until the next reading it is reckoned to draw as it has drawn since the last one. */
static void measure(struct outlet *outlet, bool is_over)
{
    int64_t now = now_us(outlet), energy_uj = unbooked_uj(outlet), for_us = now - outlet->measured_us;
    assert(energy_uj >= 0);
    if (energy_uj == 0 && !is_over)
        return; /* the meter tells in steps */
    int64_t power_w = for_us > 0 && !is_over ? energy_uj / for_us : 0;
    building_draw_measure(outlet->site->building, &outlet->draw, energy_uj,
                          min64(power_w, outlet_config_power_w(outlet->site->config)), now);
    outlet->seen_uj += energy_uj;
    outlet->measured_us = now;
    if (outlet->battery == NULL) {
        outlet->stray_uj += energy_uj;
        return;
    }
    outlet->finished_uj += energy_uj;
    take_measured(outlet->battery, energy_uj);
}

void outlet_measure(struct outlet *outlet)
{
    if (outlet->is_device)
        measure(outlet, outlet->contact == CONTACT_OPEN);
}

void outlet_device_closed(struct outlet *outlet)
{
    outlet->contact = outlet->contact == CONTACT_CLOSING ? CONTACT_CLOSED : outlet->contact;
    outlet->measured_us = now_us(outlet);
}

void outlet_device_opened(struct outlet *outlet)
{
    outlet->contact = outlet->contact == CONTACT_OPENING ? CONTACT_OPEN : outlet->contact;
    measure(outlet, true);
}

/* ---- cars ------------------------------------------------------------------------------------------------------- */

struct outlet_port outlet_port(struct outlet *outlet)
{
    return (struct outlet_port){
        .ops = outlet->is_device ? &device_ops : &ops, .self = outlet, .outlet = outlet->number};
}

void outlet_plug(struct outlet *outlet, struct battery *battery)
{
    assert(outlet_is_free(outlet));
    outlet_measure(outlet);
    outlet->battery = battery;
}

void outlet_unplug(struct outlet *outlet)
{
    assert(outlet->battery != NULL);
    if (outlet->is_device)
        measure(outlet, outlet->contact == CONTACT_OPEN);
    else
        draw_stop(outlet);
    outlet->battery = NULL;
    outlet->is_paused = false;
    forget_grant(outlet);
    if (!outlet->is_device)
        plan_step(outlet);
}

bool outlet_is_free(const struct outlet *outlet)
{
    return outlet->battery == NULL && outlet->contact == CONTACT_OPEN;
}

/* ---- the management's side -------------------------------------------------------------------------------------- */

int64_t outlet_wanted_uj(const struct outlet *outlet)
{
    return outlet->battery->wanted_uj - (outlet_energy_uj(outlet) - outlet->finished_uj);
}

bool outlet_is_wanting(const struct outlet *outlet)
{
    bool can_flow = is_drawing(outlet) || (outlet->contact == CONTACT_CLOSED && !outlet->is_paused);
    return outlet->battery != NULL && can_flow && outlet_wanted_uj(outlet) > 0;
}

/* A battery's own limit is proportional to what is missing above the start of the taper. Rounded up, and by more than
 * the last places of the curve's own power may differ. */
int64_t outlet_appetite_w(const struct outlet *outlet)
{
    int64_t own_w = own_limit_w(outlet->site), most_w = outlet_most_w(outlet->site);
    if (own_w == 0)
        return most_w;
    int64_t taken_uj = outlet_energy_uj(outlet) - outlet->finished_uj;
    double above = (double)(1000000 - outlet->site->car->taper_from_ppm) / 1e6;
    double missing = (double)(outlet->battery->missing_uj - taken_uj);
    double share = fmin(1, missing / ((double)outlet->battery->capacity_uj * above));
    return min64(most_w, (int64_t)ceil((double)own_w * share * (1 + 1e-9)));
}

int64_t outlet_fall_us(const struct outlet *outlet, int64_t power_w)
{
    const struct battery_curve *curve = &outlet->draw.curve;
    if (!outlet->draw.is_active || curve->tail_uj <= 0)
        return NEVER_US;
    double ratio = curve->tail_uj / curve->tau_us / (double)power_w;
    int64_t tail_us = ratio > 1 ? (int64_t)ceil(curve->tau_us * log(ratio)) : 0;
    return outlet->draw.since_us + curve->knee_us + tail_us;
}

void outlet_grant(struct outlet *outlet, int64_t power_w)
{
    assert(power_w >= 0 && outlet_is_wanting(outlet));
    if (outlet->granted_w == power_w)
        return;
    outlet->granted_w = power_w;
    draw_stop(outlet);
    bool is_full = outlet->battery->wanted_uj == 0 || (power_w > 0 && !draw_start(outlet));
    plan_step(outlet);
    if (is_full)
        say_idle(outlet);
}

void outlet_finish(struct outlet *outlet)
{
    if (outlet->is_device) {
        measure(outlet, true);
        return;
    }
    draw_stop(outlet);
    plan_step(outlet);
}
