/* transformer.c: exponentials between two loads, and the building's load cut into minutes.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/transformer.h"

#include "models/calendar.h"
#include "models/least.h"
#include "models/site/sky.h"

#include <assert.h>
#include <math.h>

void transformer_law_distribution(struct transformer_law *law, double loss_ratio, enum transformer_paper paper)
{
    *law = (struct transformer_law){.oil_rise_k = 55,
                                    .hot_rise_k = 23,
                                    .loss_ratio = loss_ratio,
                                    .x = 0.8,
                                    .y = 1.6,
                                    .k11 = 1,
                                    .k21 = 1,
                                    .k22 = 2,
                                    .oil_us = 180 * (double)MINUTE_US,
                                    .winding_us = 4 * (double)MINUTE_US,
                                    .paper = paper};
}

double transformer_ageing(enum transformer_paper paper, double hot_c)
{
    switch (paper) {
    case PAPER_NORMAL:
        return exp2((hot_c - 98) / 6);
    case PAPER_UPGRADED:
        return exp(15000.0 / (110 + 273) - 15000 / (hot_c + 273));
    }
    assert(false && "paper of no kind");
    return 0;
}

double transformer_hot_c(const struct transformer_heat *heat)
{
    return heat->oil_c + heat->first_k - heat->second_k;
}

void transformer_settle(struct transformer_heat *heat, const struct transformer_law *law, double load, double air_c)
{
    double losses = (1 + load * load * law->loss_ratio) / (1 + law->loss_ratio);
    double gradient_k = pow(load, law->y) * law->hot_rise_k;
    *heat = (struct transformer_heat){.oil_c = air_c + pow(losses, law->x) * law->oil_rise_k,
                                      .first_k = law->k21 * gradient_k,
                                      .second_k = (law->k21 - 1) * gradient_k};
}

static double towards(double from, double to, double step_us, double constant_us)
{
    return to + (from - to) * exp(-step_us / constant_us);
}

static struct transformer_heat after(const struct transformer_heat *heat, const struct transformer_heat *settled,
                                     const struct transformer_law *law, double step_us)
{
    return (struct transformer_heat){
        .oil_c = towards(heat->oil_c, settled->oil_c, step_us, law->k11 * law->oil_us),
        .first_k = towards(heat->first_k, settled->first_k, step_us, law->k22 * law->winding_us),
        .second_k = towards(heat->second_k, settled->second_k, step_us, law->oil_us / law->k22)};
}

double transformer_heat_step(struct transformer_heat *heat, const struct transformer_law *law, double load,
                             double air_c, double step_us)
{
    assert(load >= 0 && step_us >= 0);
    struct transformer_heat settled;
    transformer_settle(&settled, law, load, air_c);
    struct transformer_heat middle = after(heat, &settled, law, step_us / 2), end = after(heat, &settled, law, step_us);
    double rates = transformer_ageing(law->paper, transformer_hot_c(heat)) +
                   4 * transformer_ageing(law->paper, transformer_hot_c(&middle)) +
                   transformer_ageing(law->paper, transformer_hot_c(&end));
    *heat = end;
    return rates / 6 * step_us;
}

/* ---- of a building --------------------------------------------------------------------------------------------- */

void transformer_init(struct transformer *transformer, const struct transformer_config *config, int64_t start_unix_s)
{
    assert(config->rating_w > 0 && config->no_load_ppm > 0);
    *transformer = (struct transformer){
        .config = config, .start_unix_s = start_unix_s, .step_end_us = TRANSFORMER_STEP_US, .hot_max_c = -INFINITY};
    transformer_law_distribution(&transformer->law, (double)config->load_loss_ppm / (double)config->no_load_ppm,
                                 config->paper);
}

/* The air's warmth: a mean, colder in the year's first weeks, coldest before sunrise. */
static double air_c(const struct transformer *transformer, int64_t at_us)
{
    const struct transformer_config *config = transformer->config;
    double day = (double)calendar_time_of_day_us(transformer->start_unix_s, at_us) / (double)DAY_US;
    return (double)config->air_mean_c + (double)config->air_year_c * sky_season(transformer->start_unix_s, at_us) -
           (double)config->air_day_c * cos(2 * M_PI * (day - 3.0 / 24));
}

static void work_off(struct transformer *transformer)
{
    double rating_w = (double)transformer->config->rating_w, step_us = (double)TRANSFORMER_STEP_US;
    int64_t at_us = transformer->step_end_us - TRANSFORMER_STEP_US;
    double load = fabs(transformer->step_uj) / step_us / rating_w, air = air_c(transformer, at_us);
    if (!transformer->is_warm)
        transformer_settle(&transformer->heat, &transformer->law, load, air);
    transformer->is_warm = true;
    transformer->life_us += transformer_heat_step(&transformer->heat, &transformer->law, load, air, step_us);
    transformer->hot_max_c = fmax(transformer->hot_max_c, transformer_hot_c(&transformer->heat));
    transformer->load_max = fmax(transformer->load_max, load);
    transformer->length_us += TRANSFORMER_STEP_US;
    double loss =
        (double)transformer->config->no_load_ppm / 1e6 + (double)transformer->config->load_loss_ppm / 1e6 * load * load;
    transformer->loss_uj += (__int128)(loss * rating_w * step_us);
    transformer->step_uj = 0;
    transformer->step_end_us += TRANSFORMER_STEP_US;
}

void transformer_pass(struct transformer *transformer, int64_t from_us, int64_t until_us, double power_w)
{
    while (from_us < until_us) {
        int64_t end_us = min64(until_us, transformer->step_end_us);
        transformer->step_uj += power_w * (double)(end_us - from_us);
        from_us = end_us;
        if (from_us == transformer->step_end_us)
            work_off(transformer);
    }
}

void transformer_restart(struct transformer *transformer)
{
    transformer->hot_max_c = -INFINITY;
    transformer->load_max = transformer->life_us = 0;
    transformer->length_us = 0;
    transformer->loss_uj = 0;
}
