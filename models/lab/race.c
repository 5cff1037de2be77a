/* race.c: experiments on the attacker's race: its closed forms against printed tables, and the race itself.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/race.h"
#include "models/lab/bench.h"

#include <math.h>

#define MILLION        1e6
#define DEPTH_MAX      2000
#define LOOK_EVERY     4096 /* races between two looks for an interrupt */
#define RACES_COMPARED 1e6

/* Fewest confirmations at which the chance is below the risk; 0: more than DEPTH_MAX. */
static unsigned depth_for(double (*chance)(double q, unsigned z), double q, double risk)
{
    unsigned z = 1;
    while (z <= DEPTH_MAX && chance(q, z) >= risk)
        z++;
    return z <= DEPTH_MAX ? z : 0;
}

static void count_depths(struct bench *bench, const struct lab_formula_config *config)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < config->cell_count; i++) {
        const struct lab_cell *cell = &config->cells[i];
        wrong +=
            depth_for(config->formula == LAB_NAKAMOTO_DEPTH ? race_nakamoto : race_beta,
                      (double)cell->share_ppm / MILLION, (double)config->risk_ppm / MILLION) != cell->confirmations;
    }
    bench_set(bench, LAB_FORMULA_MISCOUNTS, wrong);
}

static void compare_chances(struct bench *bench, const struct lab_formula_config *config)
{
    double scale = pow(10.0, config->decimals), error = 0.0, disagreement = 0.0;
    for (size_t i = 0; i < config->cell_count; i++) {
        const struct lab_cell *cell = &config->cells[i];
        double q = (double)cell->share_ppm / MILLION, printed = (double)cell->printed / scale;
        double exact = race_beta(q, cell->confirmations);
        double chance = config->formula == LAB_NAKAMOTO ? race_nakamoto(q, cell->confirmations) : exact;
        error = fmax(error, fabs(chance - printed));
        disagreement = fmax(disagreement, fabs(race_rosenfeld(q, cell->confirmations) - exact));
    }
    bench_set(bench, LAB_FORMULA_ERROR, error);
    if (config->formula == LAB_EXACT)
        bench_set(bench, LAB_FORMULA_DISAGREEMENT, disagreement);
}

void lab_formula(struct bench *bench)
{
    const struct lab_formula_config *config = &bench->experiment->formula;
    bench->result->trials = config->cell_count;
    bench_set(bench, LAB_FORMULA_CELLS, (double)config->cell_count);
    if (config->formula == LAB_NAKAMOTO || config->formula == LAB_EXACT)
        compare_chances(bench, config);
    else
        count_depths(bench, config);
}

void lab_race(struct bench *bench)
{
    const struct lab_race_config *config = &bench->experiment->race;
    struct sim_stream stream;
    gsl_rng *rng = bench_stream(bench, &stream, 0);
    double q = (double)config->share_ppm / MILLION, exact = race_beta(q, config->confirmations);
    uint64_t won = 0;
    for (uint32_t i = 0; i < config->trials; i++) {
        if (i % LOOK_EVERY == 0 && bench_is_over(bench))
            return;
        won += (uint64_t)race_run(rng, q, config->confirmations, config->give_up_blocks);
    }
    double share = (double)won / config->trials;
    bench->result->trials = config->trials;
    bench_set(bench, LAB_RACE_WON, 100.0 * share);
    bench_set(bench, LAB_RACE_EXACT, 100.0 * exact);
    bench_set(bench, LAB_RACE_DEVIATION, (share - exact) / sqrt(exact * (1.0 - exact) / RACES_COMPARED));
}
