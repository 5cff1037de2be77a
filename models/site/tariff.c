/* tariff.c: bands of the day and steps of a callback.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/tariff.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

static bool band_holds(const struct tariff_band *band, bool is_weekend, int64_t of_day_us)
{
    if (band->day == DAY_WEEKDAY && is_weekend)
        return false;
    if (band->day == DAY_WEEKEND && !is_weekend)
        return false;
    return band->start_us <= of_day_us && of_day_us < band->end_us;
}

static int64_t band_price(const struct tariff *tariff, int64_t time_us)
{
    const struct tariff_config *config = tariff->config;
    bool is_weekend = calendar_is_weekend(tariff->start_unix_s, time_us);
    int64_t of_day_us = calendar_time_of_day_us(tariff->start_unix_s, time_us);
    for (size_t i = 0; i < config->band_count; i++)
        if (band_holds(&config->bands[i], is_weekend, of_day_us))
            return config->bands[i].price_uyen_per_kwh;
    assert(false && "the schema lets no moment without a band through");
    return 0;
}

static bool ask_price(const struct tariff *tariff, int64_t *price, int64_t time_us, char *why, size_t why_size)
{
    assert(tariff->ask != NULL);
    struct civil_time civil;
    calendar_civil(&civil, tariff->start_unix_s, time_us);
    int64_t answer;
    if (!tariff->ask(tariff->ask_self, &answer, &civil, why, why_size))
        return false;
    if (answer < 0 || answer > TARIFF_PRICE_MAX_UYEN_PER_KWH) {
        snprintf(why, why_size, "tariff: price %" PRId64 " micro-yen per kWh is outside 0..%" PRId64, answer,
                 TARIFF_PRICE_MAX_UYEN_PER_KWH);
        return false;
    }
    *price = answer;
    return true;
}

bool tariff_price(const struct tariff *tariff, int64_t *price_uyen_per_kwh, int64_t time_us, char *why, size_t why_size)
{
    switch (tariff->config->kind) {
    case TARIFF_FLAT:
        *price_uyen_per_kwh = tariff->config->price_uyen_per_kwh;
        return true;
    case TARIFF_TIME_OF_USE:
        *price_uyen_per_kwh = band_price(tariff, time_us);
        return true;
    case TARIFF_CSV: /* its bands come as those of a time of use */
        break;
    case TARIFF_CALLBACK:
        return ask_price(tariff, price_uyen_per_kwh, time_us, why, why_size);
    }
    assert(false && "a tariff of no kind");
    return false;
}

/* The nearest edge of any band after time_us; midnight is one because weekday and weekend change there. */
static int64_t next_band_us(const struct tariff *tariff, int64_t time_us)
{
    int64_t of_day_us = calendar_time_of_day_us(tariff->start_unix_s, time_us);
    int64_t next_us = DAY_US;
    for (size_t i = 0; i < tariff->config->band_count; i++) {
        int64_t edge_us = tariff->config->bands[i].start_us;
        if (edge_us > of_day_us && edge_us < next_us)
            next_us = edge_us;
    }
    return time_us + next_us - of_day_us;
}

int64_t tariff_next_us(const struct tariff *tariff, int64_t time_us)
{
    switch (tariff->config->kind) {
    case TARIFF_FLAT:
        return INT64_MAX;
    case TARIFF_TIME_OF_USE:
        return next_band_us(tariff, time_us);
    case TARIFF_CSV:
        break;
    case TARIFF_CALLBACK:
        assert(tariff->config->step_us > 0);
        return (time_us / tariff->config->step_us + 1) * tariff->config->step_us;
    }
    assert(false && "a tariff of no kind");
    return INT64_MAX;
}
