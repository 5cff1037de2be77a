/* outlook.h: the prices ahead, as a car sees them that must leave at a known time.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   price  |--a--|----b----|--a--|      steps of one price each, asked of the tariff once and kept until they are past
 *               now                departure
 *
 * Prices are taken as published: a tariff function is asked ahead, so what it answers must depend on the time alone.
 */
#ifndef KONSENTO_MODELS_SITE_OUTLOOK_H
#define KONSENTO_MODELS_SITE_OUTLOOK_H

#include "models/site/tariff.h"
#include "models/trouble.h"

struct outlook_step {
    int64_t from_us, until_us, price_uyen_per_kwh;
};

struct outlook {
    const struct tariff *tariff;
    struct trouble *trouble;
    struct outlook_step *steps; /* in order, without gaps */
    size_t first, count, capacity;
};

void outlook_init(struct outlook *outlook, const struct tariff *tariff, struct trouble *trouble);
void outlook_close(struct outlook *outlook);

/* now_us never runs backwards. A tariff that gives no price, or memory that is out, is told to trouble; what is
 * answered then is void. */

/* Time until until_us at prices lower than the present one: all of it lies ahead. 0: nothing cheaper comes. */
int64_t outlook_cheaper_us(struct outlook *outlook, int64_t now_us, int64_t until_us);

/* The lowest price from now_us until until_us > now_us. */
int64_t outlook_lowest_uyen_per_kwh(struct outlook *outlook, int64_t now_us, int64_t until_us);

#endif
