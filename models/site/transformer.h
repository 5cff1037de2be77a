/* transformer.h: how hot a transformer gets from its load, and how its insulation ages.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   load K, air --> top oil --> hot spot of the winding --> ageing rate V --> life used
 *
 * The differential equations of IEC 60076-7:2018, 8.2.3, with K the load as share of the rating:
 *
 *   k11 tau_o  d(oil)/dt    = ((1 + K^2 R) / (1 + R))^x rise_o - (oil - air)
 *   k22 tau_w  d(first)/dt  = k21 K^y rise_h - first
 *   tau_o/k22  d(second)/dt = (k21 - 1) K^y rise_h - second
 *   hot spot = oil + first - second
 *
 * While load and air are constant each is an exponential, taken exactly. Ageing relative to normal life, 6.3:
 * V = 2^((hot - 98) / 6) for normal paper, exp(15000/383 - 15000/(hot + 273)) for thermally upgraded paper; its
 * integral over a step is Simpson's. Reverse flow heats as much as forward flow.
 *
 * Losses: no-load share of the rating always, load loss share times K^2, rounded down to the microjoule per step.
 * Assumed: power factor 1, legs loaded alike. Not modeled: wind, sun on the tank, moisture, oxygen.
 */
#ifndef KONSENTO_MODELS_SITE_TRANSFORMER_H
#define KONSENTO_MODELS_SITE_TRANSFORMER_H

#include "models/site/config.h"

#include <stdbool.h>
#include <stdint.h>

/* Thermal constants of one design. */
struct transformer_law {
    double oil_rise_k, hot_rise_k; /* at rated losses, top oil over air; hot spot over top oil */
    double loss_ratio;             /* R: load loss at rated current over no-load loss */
    double x, y, k11, k21, k22;
    double oil_us, winding_us; /* time constants */
    enum transformer_paper paper;
};

struct transformer_heat {
    double oil_c, first_k, second_k;
};

/* IEC 60076-7:2018, distribution transformers, ONAN. */
void transformer_law_distribution(struct transformer_law *law, double loss_ratio, enum transformer_paper paper);
/* The state that a load held for ever ends in. */
void transformer_settle(struct transformer_heat *heat, const struct transformer_law *law, double load, double air_c);
/* Goes on for step_us of constant load and air. Returns the life used meanwhile, in microseconds of normal life. */
double transformer_heat_step(struct transformer_heat *heat, const struct transformer_law *law, double load,
                             double air_c, double step_us);
double transformer_hot_c(const struct transformer_heat *heat);
/* Ageing relative to normal. */
double transformer_ageing(enum transformer_paper paper, double hot_c);

/* The transformer of a building: fed with energy as time goes on, worked off in steps of TRANSFORMER_STEP_US. */
#define TRANSFORMER_STEP_US INT64_C(60000000)

struct transformer {
    const struct transformer_config *config;
    struct transformer_law law;
    struct transformer_heat heat;
    int64_t start_unix_s;
    int64_t step_end_us; /* of the step that is being filled */
    double step_uj;      /* through it so far, signed */
    bool is_warm;        /* has had a first step */
    /* Since the beginning or the restart. */
    double hot_max_c, load_max, life_us;
    int64_t length_us;
    __int128 loss_uj;
};

void transformer_init(struct transformer *transformer, const struct transformer_config *config, int64_t start_unix_s);
/* Energy that went through from from_us to until_us, at one power. Intervals follow each other without gaps. */
void transformer_pass(struct transformer *transformer, int64_t from_us, int64_t until_us, double power_w);
/* Forgets maxima and life used: end of the warm-up. */
void transformer_restart(struct transformer *transformer);

#endif
