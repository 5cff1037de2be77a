/* link_class.h: what kinds of links there are: how long a packet takes, how much fits, how much is lost.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One-way delay of a packet, apart from the time that its bytes take at the link's rate:
 *
 *     constant     median
 *     lognormal    floor + (median - floor) exp(sigma z),  z standard normal
 *     table        quantiles, straight lines between them
 *
 * Sources are round trips; a half of one is a way, and the two ways of a link are drawn apart.
 */
#ifndef KONSENTO_MODELS_NETWORK_LINK_CLASS_H
#define KONSENTO_MODELS_NETWORK_LINK_CLASS_H

#include <stdint.h>

enum link_delay { LINK_DELAY_CONSTANT, LINK_DELAY_LOGNORMAL, LINK_DELAY_TABLE };

/* A point of the distribution: so many of a million packets take no longer. */
struct link_quantile {
    int32_t share_ppm;
    int64_t delay_us;
};
#define LINK_QUANTILES_MAX 12

struct link_class {
    const char *name;
    enum link_delay delay;
    int64_t floor_us;
    int64_t median_us;
    int64_t sigma_ppm;                                  /* of the logarithm */
    struct link_quantile quantiles[LINK_QUANTILES_MAX]; /* TABLE: shares from 0 to 1,000,000, both rising */
    uint32_t quantile_count;
    int64_t loss_ppm;         /* of packets, each by itself */
    int64_t rate_bit_per_s;   /* in either direction; 0: no limit */
    uint32_t packet_bytes;    /* of the stream, in one packet */
    uint32_t header_bytes;    /* of each packet, on top */
    int64_t least_timeout_us; /* before a packet is sent again */
};

enum link_kind {
    LINK_DIRECT,     /* 0, lossless: two programs on one machine */
    LINK_LAN,        /* wired, in the building */
    LINK_WIFI,       /* in the building */
    LINK_FIBRE,      /* home fibre to a server in the country */
    LINK_LTE,        /* phone to a server in the country */
    LINK_NB_IOT,     /* narrow-band cellular */
    LINK_LORA,       /* frames of LoRa at spreading factor 7 */
    LINK_DATACENTRE, /* between servers of one country */
    LINK_KINDS
};
/* The table of docs/models.md, with its sources. */
const struct link_class *link_class_get(enum link_kind kind);
/* Returns LINK_KINDS if there is no such name. */
enum link_kind link_class_find(const char *name);

/* One delay by inversion. In: uniform, above 0 and below 1. */
int64_t link_class_delay_us(const struct link_class *class, double uniform);
int64_t link_class_mean_us(const struct link_class *class);
/* Whether its numbers make sense; "" if so, else what does not. */
const char *link_class_check(const struct link_class *class);

#endif
