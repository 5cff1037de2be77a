/* outlet.h: a modeled outlet behind the outlet port: contactor, meter, watch, lease, and a car that draws.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *              switch_on            delay over
 *        OPEN ----------> CLOSING ------------> CLOSED      A command that comes while the contactor moves: off during
 *         ^                  | switch_off         |         CLOSING turns it back; on during OPENING is remembered and
 *         |   delay over     v    switch_off, lease         carried out when the contactor has opened.
 *         +------------- OPENING <----------------+
 *
 * A car that can may give power into the building instead (feed): charging pauses, and the car draws no more until the
 * outlet is switched on again. So does one that is full. It never gives below its owner's reserve.
 *
 * A car that is plugged in draws whenever the contactor is closed, it wants energy, and power is granted to it: always,
 * unless charging is managed (manage.h), which grants by the pilot signal and may pause a car at 0. Energy is exact;
 * the meter shows it rounded down to its resolution. Every answer comes as an event, never from inside a call. Callers
 * ask through struct outlet_port only; plugging and unplugging are the world's.
 *
 * An outlet may be a device's (outlet_attach): then contactor, meter and load are real, or somebody else's model, and
 * this only keeps its books: what the device's meter shows while a car is plugged in is the car's, what it shows
 * besides is stray. Its books are as old as outlet_measure.
 *
 * Limit: 2.5 GWh through one outlet in one run (64 bits of microjoules).
 * Not modeled: the time that a car takes to follow the pilot signal, welded contactors, meter error beyond resolution.
 */
#ifndef KONSENTO_MODELS_SITE_OUTLET_H
#define KONSENTO_MODELS_SITE_OUTLET_H

#include "models/config.h"
#include "models/site/building.h"
#include "sim/kernel.h"
#include "sim/ports.h"

enum contact { CONTACT_OPEN, CONTACT_CLOSING, CONTACT_CLOSED, CONTACT_OPENING };

/* What all outlets of a building share. */
struct outlet_site {
    struct sim *sim;
    struct building *building;
    const struct outlet_config *config;
    const struct car_config *car;
    bool is_managed; /* nothing flows after a plug-in or an opened contact before it is granted */
    struct outlet_listener listener;
    uint16_t contact_kind, lease_kind, step_kind;
};

struct outlet {
    struct outlet_site *site;
    uint32_t number;
    enum contact contact;
    bool is_wanted_on;
    bool is_paused; /* the car is full, or has given: draws when it is switched on again */
    int64_t limit_ma;
    int64_t granted_w;       /* by the management of charging; INT64_MAX: it has no say */
    int64_t watch_uj;        /* INT64_MAX: none */
    int64_t finished_uj;     /* of all draws that ended */
    int64_t fed_uj;          /* the same, of what cars gave */
    struct battery *battery; /* of the plugged car, NULL: none */
    struct building_draw draw;
    struct sim_handle contact_due, lease_due, step_due;

    bool is_device;
    struct outlet_port device;
    int64_t seen_uj;     /* of the device's meter, booked */
    int64_t measured_us; /* when */
    int64_t stray_uj;    /* while no car was plugged in */
};

/* Registers the event kinds. listener: who hears all outlets of this site. */
void outlet_site_init(struct outlet_site *site, struct sim *sim, struct building *building,
                      const struct building_config *config, const struct car_config *car);
void outlet_init(struct outlet *outlet, struct outlet_site *site, uint32_t number);
struct outlet_port outlet_port(struct outlet *outlet);

/* From now on this outlet is the device behind the port; before anything is plugged in. */
void outlet_attach(struct outlet *outlet, const struct outlet_port *device);
/* Books what the device's meter shows; nothing if the outlet is modeled. */
void outlet_measure(struct outlet *outlet);
/* The device has said so: its contactor is closed, or open with nothing left to be read. */
void outlet_device_closed(struct outlet *outlet);
void outlet_device_opened(struct outlet *outlet);

/* A car is plugged in: battery stays valid until outlet_unplug. The outlet is empty and its contactor open. */
void outlet_plug(struct outlet *outlet, struct battery *battery);
/* The car is taken away; what it drew is booked in its battery. */
void outlet_unplug(struct outlet *outlet);
/* May the next car be plugged in? Empty, and the contactor has opened. */
bool outlet_is_free(const struct outlet *outlet);
/* True energy through this outlet since time 0: into cars, and out of them. */
int64_t outlet_energy_uj(const struct outlet *outlet);
int64_t outlet_fed_uj(const struct outlet *outlet);
/* Books the present draw and ends it: the end of the run. */
void outlet_finish(struct outlet *outlet);
/* Lets the car draw no more than power_w from now on, 0: nothing. A car that turns out to be full says so from inside
 * the call (on_idle). */
void outlet_grant(struct outlet *outlet, int64_t power_w);
/* Is a car there that wants energy and could have it now, or has it? */
bool outlet_is_wanting(const struct outlet *outlet);
/* Energy that the plugged car still wants, grid side. */
int64_t outlet_wanted_uj(const struct outlet *outlet);
/* The most that the plugged car would draw now if all were granted; from here on it never grows. */
int64_t outlet_appetite_w(const struct outlet *outlet);
/* When a car that draws will have tapered to power_w > 0; INT64_MAX: it will not. */
int64_t outlet_fall_us(const struct outlet *outlet, int64_t power_w);
/* The most that any car draws here: the outlet's rating, the car's charger. */
int64_t outlet_most_w(const struct outlet_site *site);
/* The plugged car's battery now, what flows at present booked. */
struct battery outlet_battery(const struct outlet *outlet);
/* Is the car giving? */
bool outlet_is_feeding(const struct outlet *outlet);
/* Outlet to battery and back. */
int64_t outlet_round_trip_ppm(const struct car_config *car);
/* Rated power. */
int64_t outlet_config_power_w(const struct outlet_config *config);

#endif
