/* build.h: struct world, the sum of all models of one run, for run.c and for tests that look inside.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   fleet --arrival--> world --> parking --> outlet <--port-- sessions --ops--> rail --> ledger
 *                        ^          |          |                 ^                |
 *                        +--leave---+          +-- building      +---- events ----+
 */
#ifndef KONSENTO_MODELS_BUILD_H
#define KONSENTO_MODELS_BUILD_H

#include "models/chain/chain.h"
#include "models/fleet/fleet.h"
#include "models/guests.h"
#include "models/measure.h"
#include "models/outcome_rail.h"
#include "models/rails/access.h"
#include "models/rails/ledger.h"
#include "models/rails/rail.h"
#include "models/session.h"
#include "models/site/building.h"
#include "models/site/manage.h"
#include "models/site/outlet.h"
#include "models/site/outside.h"
#include "models/site/parking.h"
#include "models/site/tariff.h"
#include "models/trading.h"
#include "models/trouble.h"
#include "models/world.h"

/* What was read from files; NULL where nothing was. */
struct world_data {
    const struct replay *replay;        /* if the fleet is a recorded one */
    const struct profile *profile;      /* if the fleet is made from one */
    const struct resample *resample;    /* if its cars live as recorded ones did */
    const struct trace *trace;          /* of block times */
    const struct abroad_map *map;       /* of the public graph of channels */
    const struct roof_series *roof;     /* irradiance on the modules */
    const struct tariff_config *tariff; /* if its bands are in a file */
};

struct world {
    const struct world_config *config;
    const struct world_order *order;
    struct sim *sim;
    struct trouble trouble;
    struct building building;
    struct outside outside;
    struct outlet_site site;
    struct outlet *outlets;
    uint32_t outlet_count;
    struct parking parking;
    struct manage manage; /* if is_managed */
    bool is_managed;
    struct fleet fleet;
    struct tariff tariff;
    struct ledger ledger;
    struct chain_config chain_config; /* as the rail needs it */
    struct chain *chain;              /* NULL: no rail asks for it */
    struct access access;
    struct rail rail;
    struct sessions sessions;
    struct trading trading;
    struct measure measure;
    struct outcome_rail warmup_look; /* when the warm-up ended */
    __int128 past_taken_uj;          /* by the cars of sessions that are over */
    __int128 past_given_uj;          /* the same, into the building */
    __int128 past_lost_uj;           /* the same, on the way out of the car and back */
    int64_t next_price_us;           /* the present price holds until then; INT64_MAX: for ever */
    struct guests guests;
    bool is_closing; /* devices take no car any more: the run ends soon */
    uint16_t departure_kind, drive_kind, price_kind, warmup_kind, closing_kind, measure_kind;
};

/* Builds everything and plans the first events. The world stays where it is:
 * its parts point at each other. Returns false when memory is out; all is closed then. Other trouble is in
 * world->trouble. Owns: world_close. */
bool world_open(struct world *world, const struct world_config *config, const struct world_data *data,
                const struct world_order *order) __attribute__((warn_unused_result));
void world_close(struct world *world);
/* Books everything up to now and hears what sessions are left: the end of the run. */
void world_finish(struct world *world);
/* Fills the metrics; after world_finish. */
void world_metrics(struct world *world, double metrics[METRIC_COUNT]);

/* Auditors; object is the world. Energy: what went through the outlets is what the cars took and what the building
 * booked, to the microjoule. Money: the ledger sums to zero, the rail's books and the sessions agree with it, to the
 * millisatoshi; no outlet was on without credit. */
bool world_audit_energy(const void *world, char *why, size_t why_size);
bool world_audit_money(const void *world, char *why, size_t why_size);
bool world_audit_sessions(const void *world, char *why, size_t why_size);
/* Managed charging has never carried the service over its limit, and gives nothing where the base load fills it. */
bool world_audit_limit(const void *world, char *why, size_t why_size);

/* What the config's files had in them; input may be NULL. */
struct world_data world_input_data(const struct world_input *input);

#endif
