/* link_class.c: delays of links.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/link_class.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#define DELAY_MAX_US 1e12 /* eleven days: what the widest lognormal may want does not fit into 64 bits */
#define MTU_BYTES    1448 /* of an Ethernet frame, without the headers of IP and TCP with time stamps */
#define TCP_HEADERS  52
#define LINUX_RTO_US 200000 /* least retransmission timeout of Linux; RFC 6298 asks for one second */

/* Round trips behind the medians, in ms (a lognormal's mean is median * exp(sigma^2 / 2)):
 *   fibre    mean 27.2: 30,000 measurements of Japanese lines, three months to February 2022 (minsoku.net, published by
 *            Tokai Cable Network); rates there 323 and 249 Mbit/s
 *   lte      mean 47.2: Japan, Opensignal 2019; minsoku's carriers 58.4, upwards 17.2 Mbit/s
 *   nb_iot   mean way 837: Ugwuanyi et al. 2021, Electronics 10(18) 2224; release 13's single tone, 20 kbit/s
 *   lora     5,470 bit/s and 222 bytes: LoRaWAN regional parameters, DR5; preamble and turns guessed
 * Widths, floors, losses and the other medians are guessed. */
static const struct link_class table[LINK_KINDS] = {
    [LINK_DIRECT] = {.name = "direct",
                     .delay = LINK_DELAY_CONSTANT,
                     .packet_bytes = 65536,
                     .least_timeout_us = LINUX_RTO_US},
    [LINK_LAN] = {.name = "lan",
                  .delay = LINK_DELAY_LOGNORMAL,
                  .floor_us = 100,
                  .median_us = 250,
                  .sigma_ppm = 400000,
                  .loss_ppm = 1,
                  .rate_bit_per_s = 1000000000,
                  .packet_bytes = MTU_BYTES,
                  .header_bytes = TCP_HEADERS,
                  .least_timeout_us = LINUX_RTO_US},
    [LINK_WIFI] = {.name = "wifi",
                   .delay = LINK_DELAY_TABLE,
                   .quantiles = {{0, 800}, {500000, 1500}, {900000, 5000}, {990000, 40000}, {1000000, 200000}},
                   .quantile_count = 5,
                   .loss_ppm = 1000,
                   .rate_bit_per_s = 50000000,
                   .packet_bytes = MTU_BYTES,
                   .header_bytes = TCP_HEADERS,
                   .least_timeout_us = LINUX_RTO_US},
    [LINK_FIBRE] = {.name = "fibre",
                    .delay = LINK_DELAY_LOGNORMAL,
                    .floor_us = 2000,
                    .median_us = 11685,
                    .sigma_ppm = 600000,
                    .loss_ppm = 100,
                    .rate_bit_per_s = 249000000,
                    .packet_bytes = MTU_BYTES,
                    .header_bytes = TCP_HEADERS,
                    .least_timeout_us = LINUX_RTO_US},
    [LINK_LTE] = {.name = "lte",
                  .delay = LINK_DELAY_LOGNORMAL,
                  .floor_us = 10000,
                  .median_us = 22000,
                  .sigma_ppm = 505000,
                  .loss_ppm = 1000,
                  .rate_bit_per_s = 17200000,
                  .packet_bytes = MTU_BYTES,
                  .header_bytes = TCP_HEADERS,
                  .least_timeout_us = LINUX_RTO_US},
    [LINK_NB_IOT] = {.name = "nb_iot",
                     .delay = LINK_DELAY_LOGNORMAL,
                     .floor_us = 200000,
                     .median_us = 686400,
                     .sigma_ppm = 735000,
                     .loss_ppm = 10000,
                     .rate_bit_per_s = 20000,
                     .packet_bytes = 1228,
                     .header_bytes = TCP_HEADERS,
                     .least_timeout_us = 1000000},
    [LINK_LORA] = {.name = "lora",
                   .delay = LINK_DELAY_LOGNORMAL,
                   .floor_us = 30000,
                   .median_us = 150000,
                   .sigma_ppm = 800000,
                   .loss_ppm = 20000,
                   .rate_bit_per_s = 5470,
                   .packet_bytes = 222,
                   .header_bytes = 13,
                   .least_timeout_us = 1000000},
    [LINK_DATACENTRE] = {.name = "datacentre",
                         .delay = LINK_DELAY_LOGNORMAL,
                         .floor_us = 500,
                         .median_us = 4000,
                         .sigma_ppm = 300000,
                         .loss_ppm = 10,
                         .rate_bit_per_s = 1000000000,
                         .packet_bytes = MTU_BYTES,
                         .header_bytes = TCP_HEADERS,
                         .least_timeout_us = LINUX_RTO_US},
};

const struct link_class *link_class_get(enum link_kind kind)
{
    assert(kind < LINK_KINDS);
    return &table[kind];
}

enum link_kind link_class_find(const char *name)
{
    enum link_kind kind = LINK_DIRECT;
    while (kind < LINK_KINDS && strcmp(table[kind].name, name) != 0)
        kind++;
    return kind;
}

/* ---- the three distributions ----------------------------------------------------------------------------------- */

static double table_delay_us(const struct link_class *class, double uniform)
{
    double share = uniform * 1e6;
    uint32_t i = 1;
    while (i + 1 < class->quantile_count && (double)class->quantiles[i].share_ppm < share)
        i++;
    const struct link_quantile *low = &class->quantiles[i - 1], *high = &class->quantiles[i];
    double part = (share - (double)low->share_ppm) / (double)(high->share_ppm - low->share_ppm);
    return (double)low->delay_us + part * (double)(high->delay_us - low->delay_us);
}

int64_t link_class_delay_us(const struct link_class *class, double uniform)
{
    switch (class->delay) {
    case LINK_DELAY_CONSTANT:
        break;
    case LINK_DELAY_LOGNORMAL: {
        double spread = exp((double)class->sigma_ppm / 1e6 * gsl_cdf_ugaussian_Pinv(uniform));
        double above = (double)(class->median_us - class->floor_us) * spread;
        return class->floor_us + llround(fmin(above, DELAY_MAX_US));
    }
    case LINK_DELAY_TABLE:
        return llround(table_delay_us(class, uniform));
    }
    return class->median_us;
}

static double table_mean_us(const struct link_class *class)
{
    double sum = 0;
    for (uint32_t i = 1; i < class->quantile_count; i++) {
        const struct link_quantile *low = &class->quantiles[i - 1], *high = &class->quantiles[i];
        sum += (double)(high->share_ppm - low->share_ppm) / 1e6 * (double)(low->delay_us + high->delay_us) / 2;
    }
    return sum;
}

int64_t link_class_mean_us(const struct link_class *class)
{
    double sigma = (double)class->sigma_ppm / 1e6;
    switch (class->delay) {
    case LINK_DELAY_CONSTANT:
        break;
    case LINK_DELAY_LOGNORMAL: {
        double above = (double)(class->median_us - class->floor_us) * exp(sigma * sigma / 2);
        return class->floor_us + llround(fmin(above, DELAY_MAX_US));
    }
    case LINK_DELAY_TABLE:
        return llround(table_mean_us(class));
    }
    return class->median_us;
}

/* ---- checks ---------------------------------------------------------------------------------------------------- */

static const char *check_table(const struct link_class *class)
{
    const struct link_quantile *points = class->quantiles;
    uint32_t count = class->quantile_count;
    if (count < 2 || count > LINK_QUANTILES_MAX)
        return "a table has from 2 to 12 points";
    if (points[0].share_ppm != 0 || points[count - 1].share_ppm != 1000000)
        return "a table goes from share 0 to share 1";
    for (uint32_t i = 0; i < count; i++) {
        if (points[i].delay_us < 0 ||
            (i > 0 && (points[i].share_ppm <= points[i - 1].share_ppm || points[i].delay_us < points[i - 1].delay_us)))
            return "shares and delays of a table rise";
    }
    return "";
}

const char *link_class_check(const struct link_class *class)
{
    if (class->packet_bytes == 0 || class->packet_bytes > 65536 || class->header_bytes > 65536)
        return "packets hold from 1 to 65,536 bytes";
    if (class->rate_bit_per_s < 0)
        return "the rate is negative";
    if (class->loss_ppm < 0 || class->loss_ppm > 1000000)
        return "the share that is lost is from 0 to 1";
    if (class->least_timeout_us <= 0)
        return "the least timeout is positive";
    if (class->delay == LINK_DELAY_TABLE)
        return check_table(class);
    if (class->floor_us < 0 || class->median_us < class->floor_us || class->sigma_ppm < 0)
        return "0 <= floor <= median, and sigma is not negative";
    return "";
}
