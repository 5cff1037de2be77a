/* observers.c: experiments on double spends that nobody sees, and on those that come late.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/propagation.h"
#include "models/lab/bench.h"

#include <gsl/gsl_randist.h>
#include <math.h>

#define MILLION    1e6
#define DELAYS     13 /* 0 to 3 s */
#define STEP_S     0.25
#define DRAWS      4000 /* networks for each delay while the worst is looked for */
#define LOOK_EVERY 4096

static void open_propagation(struct propagation *propagation, int generation)
{
    struct propagation_config config;
    propagation_config_default(&config, (enum gossip_generation)generation);
    propagation_init(propagation, &config);
}

/* The delay at which most conflicts would be mined and missed, by the mean of a (1 - a)^k over networks. It is measured
 * with other numbers than these: the largest of several measured values would be too large. */
static double worst_delay_s(struct bench *bench, const struct propagation *propagation, unsigned observers)
{
    struct sim_stream stream;
    gsl_rng *rng = bench_stream(bench, &stream, 0);
    double worst_s = 0.0, most = -1.0;
    for (int d = 0; d < DELAYS; d++) {
        const struct propagation_conflict conflict = {1, 1, STEP_S * d};
        double sum = 0.0;
        for (int i = 0; i < DRAWS; i++) {
            double share = propagation_share_draw(propagation, rng, &conflict);
            sum += share * pow(1.0 - share, observers);
        }
        if (sum > most) {
            most = sum;
            worst_s = conflict.delta_s;
        }
    }
    return worst_s;
}

void lab_observers(struct bench *bench)
{
    const struct lab_observers_config *config = &bench->experiment->observers;
    struct propagation propagation;
    open_propagation(&propagation, config->generation);
    const struct propagation_conflict conflict = {1, 1, worst_delay_s(bench, &propagation, config->observers)};
    struct sim_stream stream;
    gsl_rng *rng = bench_stream(bench, &stream, 1);
    uint32_t unseen = 0;
    for (uint32_t i = 0; i < config->trials; i++) {
        if (i % LOOK_EVERY == 0 && bench_is_over(bench))
            return;
        double share = propagation_share_draw(&propagation, rng, &conflict);
        bool is_mined = gsl_rng_uniform(rng) < share;
        unseen += is_mined && propagation_observe_us(&propagation, rng, &conflict, share, config->observers) ==
                                  PROPAGATION_NEVER_US;
    }
    double measured = (double)unseen / config->trials, bound = propagation_observer_bound(config->observers);
    bench->result->trials = config->trials;
    bench_set(bench, LAB_OBSERVERS_UNSEEN, 100.0 * measured);
    bench_set(bench, LAB_OBSERVERS_BOUND, 100.0 * bound);
    bench_set(bench, LAB_OBSERVERS_BOUND_SHARE, 100.0 * measured / bound);
    bench_set(bench, LAB_OBSERVERS_NEEDED, propagation_observers_for((double)config->risk_ppm / MILLION));
}

void lab_late(struct bench *bench)
{
    const struct lab_late_config *config = &bench->experiment->late;
    struct propagation propagation;
    struct sim_stream stream;
    gsl_rng *rng = bench_stream(bench, &stream, 0);
    uint32_t won = 0;
    open_propagation(&propagation, config->generation);
    for (uint32_t i = 0; i < config->trials; i++) {
        if (i % LOOK_EVERY == 0 && bench_is_over(bench))
            return;
        const struct propagation_conflict conflict = {
            config->peers, config->helpers,
            gsl_ran_flat(rng, (double)config->from_us, (double)config->to_us) / MILLION};
        double share = propagation_share_draw(&propagation, rng, &conflict);
        won += gsl_rng_uniform(rng) < share;
    }
    bench->result->trials = config->trials;
    bench_set(bench, LAB_LATE_WON, 100.0 * won / config->trials);
}
