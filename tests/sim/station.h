/* station.h: a queueing station, M/M/c, first come first served: what theory knows the answer to.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_SIM_STATION_H
#define KONSENTO_TESTS_SIM_STATION_H

#include "sim/accumulator.h"
#include "sim/kernel.h"
#include "sim/stream.h"

#define STATION_QUEUE 4096 /* customers; at rho 0.9 more than 400 are seen once in 10^18 */

/* Delays from a stream, each drawn one ahead: the processor draws while it dispatches, nobody waits for the logarithm.
 */
struct delays {
    struct sim_stream stream;
    double mean_us;
    int64_t next_us;
};
/* In: seed of the study, replication, purpose, mean. */
void delays_open(struct delays *delays, uint64_t seed, uint32_t replication, const char *purpose, double mean_us);
int64_t delays_next_us(struct delays *delays);

/* Two events to each customer: its arrival and its departure. Sums are kept in integers: exact, and no cost to speak
 * of. */
struct station {
    struct sim *sim;
    struct delays arrival, service;
    unsigned servers, busy;
    uint16_t arrive, depart;
    uint64_t begun;      /* services begun since the cut */
    int64_t wait_sum_us; /* of those, before service */
    struct level present;
    struct sample *waits; /* of each service begun, s; NULL: not kept */
    size_t first, waiting;
    int64_t arrived_us[STATION_QUEUE];
};

/* Opens a station in sim, with its first arrival scheduled. In: mean times in us, servers. */
void station_open(struct station *station, struct sim *sim, double interarrival_us, double service_us,
                  unsigned servers);
/* End of warm-up: measuring starts over. */
void station_cut(struct station *station);
/* Mean wait before service, us. */
double station_mean_wait_us(const struct station *station);

/* Theory: share of customers who wait (Erlang C), mean wait before service in us, mean number present. */
double station_erlang_c(double offered, unsigned servers);
double station_theory_wait_us(double interarrival_us, double service_us, unsigned servers);
double station_theory_present(double interarrival_us, double service_us, unsigned servers);

#endif
