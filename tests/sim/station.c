/* station.c: a queueing station, M/M/c, first come first served.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "station.h"

#include <assert.h>

void delays_open(struct delays *delays, uint64_t seed, uint32_t replication, const char *purpose, double mean_us)
{
    delays->mean_us = mean_us;
    stream_open(&delays->stream, seed, replication, purpose, 0);
    delays->next_us = (int64_t)stream_exponential(&delays->stream, mean_us);
}

int64_t delays_next_us(struct delays *delays)
{
    int64_t delay_us = delays->next_us;
    delays->next_us = (int64_t)stream_exponential(&delays->stream, delays->mean_us);
    return delay_us;
}

static void schedule_next(struct station *station, int64_t delay_us, uint16_t kind, enum sim_phase phase)
{
    struct sim_action action = {.kind = kind, .object = station, .argument = station->waiting};
    sim_schedule(station->sim, sim_now_us(station->sim) + delay_us, phase, &action);
}

static void begin_service(struct station *station, int64_t arrived_us)
{
    int64_t wait_us = sim_now_us(station->sim) - arrived_us;
    station->begun++;
    station->wait_sum_us += wait_us;
    if (station->waits != NULL) {
        bool was_kept = sample_add(station->waits, (double)wait_us * 1e-6);
        assert(was_kept);
    }
    schedule_next(station, delays_next_us(&station->service), station->depart, SIM_MODEL);
}

static void arrive(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct station *station = object;
    (void)entity;
    (void)argument;
    schedule_next(station, delays_next_us(&station->arrival), station->arrive, SIM_ENVIRONMENT);
    level_add(&station->present, sim_now_us(sim), 1);
    if (station->busy < station->servers) {
        station->busy++;
        begin_service(station, sim_now_us(sim));
        return;
    }
    assert(station->waiting < STATION_QUEUE);
    station->arrived_us[(station->first + station->waiting++) % STATION_QUEUE] = sim_now_us(sim);
}

static void depart(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct station *station = object;
    (void)entity;
    (void)argument;
    level_add(&station->present, sim_now_us(sim), -1);
    if (station->waiting == 0) {
        station->busy--;
        return;
    }
    int64_t arrived_us = station->arrived_us[station->first];
    station->first = (station->first + 1) % STATION_QUEUE;
    station->waiting--;
    begin_service(station, arrived_us);
}

void station_open(struct station *station, struct sim *sim, double interarrival_us, double service_us, unsigned servers)
{
    *station = (struct station){.sim = sim, .servers = servers};
    station->arrive = sim_kind_add(sim, "arrive", arrive);
    station->depart = sim_kind_add(sim, "depart", depart);
    delays_open(&station->arrival, sim_seed(sim), sim_replication(sim), "arrival", interarrival_us);
    delays_open(&station->service, sim_seed(sim), sim_replication(sim), "service", service_us);
    level_init(&station->present, sim_now_us(sim), 0);
    schedule_next(station, delays_next_us(&station->arrival), station->arrive, SIM_ENVIRONMENT);
}

void station_cut(struct station *station)
{
    level_restart(&station->present, sim_now_us(station->sim));
    station->begun = 0;
    station->wait_sum_us = 0;
}

double station_mean_wait_us(const struct station *station)
{
    return (double)station->wait_sum_us / (double)station->begun;
}

double station_erlang_c(double offered, unsigned servers)
{
    double blocked = 1; /* Erlang B, by its recursion */
    for (unsigned i = 1; i <= servers; i++)
        blocked = offered * blocked / (i + offered * blocked);
    double load = offered / servers;
    return blocked / (1 - load * (1 - blocked));
}

double station_theory_wait_us(double interarrival_us, double service_us, unsigned servers)
{
    double offered = service_us / interarrival_us;
    return station_erlang_c(offered, servers) * service_us / (servers - offered);
}

double station_theory_present(double interarrival_us, double service_us, unsigned servers)
{
    return (station_theory_wait_us(interarrival_us, service_us, servers) + service_us) / interarrival_us;
}
