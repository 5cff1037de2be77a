/* access_config.h: when phones and outlets can be reached.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain data as in models/config.h.
 */
#ifndef KONSENTO_MODELS_RAILS_ACCESS_CONFIG_H
#define KONSENTO_MODELS_RAILS_ACCESS_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#define CONFIG_OUTAGES_MAX 64

struct outage_config {
    int64_t at_us, duration_us;
};

/* The building's router, behind which all outlets are, and the radio of each phone in the garage. */
struct access_config {
    int64_t router_every_us; /* mean time between its outages (exponential); 0: none by chance */
    int64_t router_mean_us;  /* mean duration (exponential) */
    struct outage_config router_outages[CONFIG_OUTAGES_MAX]; /* scheduled ones */
    size_t router_outage_count;
    int64_t garage_every_us; /* likewise, of each phone by itself; 0: none */
    int64_t garage_mean_us;
    int64_t patience_us; /* who asks in vain gives up after so long */
};

#endif
