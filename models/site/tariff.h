/* tariff.h: the price of energy over time.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flat: one price. time of use: bands of the civil day, by weekday and weekend (public holidays are not known).
 * callback: the scenario is asked once per step. The price changes by events; nobody polls.
 */
#ifndef KONSENTO_MODELS_SITE_TARIFF_H
#define KONSENTO_MODELS_SITE_TARIFF_H

#include "models/calendar.h"
#include "models/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The asker of a callback tariff, see struct world_callbacks. */
typedef bool tariff_ask(void *self, int64_t *price_uyen_per_kwh, const struct civil_time *t, char *why,
                        size_t why_size);

struct tariff {
    const struct tariff_config *config;
    int64_t start_unix_s;
    tariff_ask *ask;
    void *ask_self;
};

/* Highest price accepted, 1,000,000 yen per kWh: keeps every cost within 128 bits. */
#define TARIFF_PRICE_MAX_UYEN_PER_KWH INT64_C(1000000000000)

/* Price at time_us. Returns false if the callback failed or answered a price outside 0 ..
 * TARIFF_PRICE_MAX_UYEN_PER_KWH; why says so. */
bool tariff_price(const struct tariff *tariff, int64_t *price_uyen_per_kwh, int64_t time_us, char *why, size_t why_size)
    __attribute__((warn_unused_result));
/* First time after time_us at which the price may differ; INT64_MAX: never. */
int64_t tariff_next_us(const struct tariff *tariff, int64_t time_us);

#endif
