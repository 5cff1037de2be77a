/* aggregate.h: what many outlets together ask of a feeder: coincidence, energy, what stays undelivered.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recipe: AGGREGATE outlets side by side for four weeks, each at full power from plug-in until it has its energy or the
 * car leaves; load on a grid of five minutes; coincidence factor = highest load / (outlets x power). Repeated with
 * other draws of users; mean and 95 % quantile over the repetitions. The same recipe makes the truth (months of real
 * users drawn with replacement) and judges every generator. No building, no rail: a simulation would add nothing to it.
 */
#ifndef KONSENTO_MODELS_FLEET_AGGREGATE_H
#define KONSENTO_MODELS_FLEET_AGGREGATE_H

#include "models/fleet/history.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGGREGATE_BINS      (HISTORY_MONTH_DAYS * 288)
#define AGGREGATE_STAYS_MAX 1000 /* of one outlet in a month */

struct aggregate_config {
    unsigned outlets, repetitions;
    int64_t power_w;
};

struct aggregate {
    double coincidence_mean, coincidence_p95; /* of power x outlets */
    double asked_kwh, delivered_kwh;          /* per outlet and day */
    double undelivered;                       /* share of what is asked */
    double sessions;                          /* per outlet and day */
    double blocked;                           /* share of comers who found their outlet taken */
    int peak_hour;                            /* of mean load */
};

/* Fills stays (room for AGGREGATE_STAYS_MAX, by arrival, from 0) with one outlet's month. Returns their count and adds
 * to *blocked those who came and found the outlet taken. */
struct aggregate_source {
    const void *self;
    size_t (*month)(const void *self, struct visit *stays, size_t *blocked, gsl_rng *rng);
};

/* Returns false when memory is out. */
bool aggregate_measure(struct aggregate *aggregate, const struct aggregate_config *config,
                       const struct aggregate_source *source, gsl_rng *rng) __attribute__((warn_unused_result));
/* The truth: active months of a history, drawn with replacement, all equally likely. */
void aggregate_truth(struct aggregate_source *source, const struct history *history);

#endif
