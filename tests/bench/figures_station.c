/* figures_station.c: M/M/1 through the whole kernel, and without any.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "figures.h"
#include "sim/kernel.h"
#include "station.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

#define RHO        0.9
#define SERVICE_US 1e6
#define BATCHES    40

static uint64_t run_station(void *self, size_t count)
{
    struct station *station = self;
    enum sim_end end = sim_run(station->sim, SIM_TIME_MAX_US, count, NULL);
    assert(end == SIM_END_LIMIT);
    return sim_digest_chain(station->sim);
}

/* The same model written out as a loop over its two next times: what is left when there is no kernel. */
struct loop {
    struct delays arrival, service;
    struct level present;
    int64_t next_arrival_us, next_departure_us, wait_sum_us;
    size_t first, waiting;
    bool is_busy;
    int64_t arrived_us[STATION_QUEUE];
};

static void loop_arrive(struct loop *loop)
{
    int64_t now_us = loop->next_arrival_us;
    loop->next_arrival_us += delays_next_us(&loop->arrival);
    level_add(&loop->present, now_us, 1);
    if (loop->is_busy) {
        loop->arrived_us[(loop->first + loop->waiting++) % STATION_QUEUE] = now_us;
        return;
    }
    loop->is_busy = true;
    loop->next_departure_us = now_us + delays_next_us(&loop->service);
}

static void loop_depart(struct loop *loop)
{
    int64_t now_us = loop->next_departure_us;
    level_add(&loop->present, now_us, -1);
    loop->is_busy = loop->waiting > 0;
    if (!loop->is_busy) {
        loop->next_departure_us = INT64_MAX;
        return;
    }
    loop->wait_sum_us += now_us - loop->arrived_us[loop->first];
    loop->first = (loop->first + 1) % STATION_QUEUE;
    loop->waiting--;
    loop->next_departure_us = now_us + delays_next_us(&loop->service);
}

static uint64_t run_loop(void *self, size_t count)
{
    struct loop *loop = self;
    for (size_t i = 0; i < count; i++)
        if (loop->next_arrival_us <= loop->next_departure_us)
            loop_arrive(loop);
        else
            loop_depart(loop);
    return (uint64_t)loop->wait_sum_us;
}

static void loop_open(struct loop *loop)
{
    *loop = (struct loop){.next_departure_us = INT64_MAX};
    delays_open(&loop->arrival, 1, 0, "arrival", SERVICE_US / RHO);
    delays_open(&loop->service, 1, 0, "service", SERVICE_US);
    level_init(&loop->present, 0, 0);
}

/* Batch means over a long run: does the 99.9 % interval hold the theory? */
static void agreement(struct report *report, struct station *station, size_t events_per_batch)
{
    struct moments wait_us;
    moments_init(&wait_us);
    for (int i = 0; i < BATCHES; i++) {
        station_cut(station);
        run_station(station, events_per_batch);
        moments_add(&wait_us, station_mean_wait_us(station));
    }
    double theory_us = station_theory_wait_us(SERVICE_US / RHO, SERVICE_US, 1);
    double half_us = gsl_cdf_tdist_Pinv(0.9995, BATCHES - 1) * moments_deviation(&wait_us) / sqrt(BATCHES);
    printf("mean wait %.4f +- %.4f s (99.9 %%), theory %.4f s\n", wait_us.mean * 1e-6, half_us * 1e-6,
           theory_us * 1e-6);
    report_claim(report, "M/M/1 agrees with theory", fabs(wait_us.mean - theory_us) <= half_us);
}

void figures_station(struct report *report, enum effort effort)
{
    static struct station station; /* large: keeps its queue of customers */
    static struct loop loop;
    unsigned rounds = effort == EFFORT_QUICK ? 4 : 24;
    struct sim *sim = sim_new(&(struct sim_options){.seed = 1});
    assert(sim != NULL);
    station_open(&station, sim, SERVICE_US / RHO, SERVICE_US, 1);
    loop_open(&loop);
    struct lane lanes[] = {{run_loop, &loop, 0}, {run_station, &station, 0}};
    report_title("M/M/1, rho 0.9, two events to each customer");
    race(lanes, 2, rounds, 500000);
    report_figure(report, &(struct figure){"M/M/1, one event", "ns", lanes[1].best_ns, 0, NULL, 35});
    report_figure(report, &(struct figure){"  the same", "ns", lanes[1].best_ns, lanes[0].best_ns,
                                           "the model as a loop, no kernel", 0});
    report_figure(report, &(struct figure){"M/M/1, one customer", "ns", 2 * lanes[1].best_ns, 2 * lanes[0].best_ns,
                                           "the model as a loop, no kernel", 0});
    agreement(report, &station, effort == EFFORT_QUICK ? 200000 : 1000000);
    sim_free(sim);
}
