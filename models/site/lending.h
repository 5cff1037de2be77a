/* lending.h: visitors who come to charge at outlets of residents: when, who, how much, how long.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Visits are a Poisson process in the hours of lending, evenly: whoever looks for an outlet sees when they are lent. A
 * visitor who is already there does not come again. Energy and stay are lognormal; a stay ends with the time of
 * lending. Every visit takes the same draws from its own stream, whatever becomes of it, so all rails meet the same
 * visitors.
 *
 * An outlet is lent while its resident's car is away, in the hours of lending. Not modeled: bookings, residents who
 * come home early and ask the visitor to leave, prices of their own.
 */
#ifndef KONSENTO_MODELS_SITE_LENDING_H
#define KONSENTO_MODELS_SITE_LENDING_H

#include "models/site/config.h"
#include "sim/kernel.h"
#include "sim/stream.h"

#include <stdbool.h>
#include <stdint.h>

#define LENDING_KEYS (UINT64_C(1) << 46) /* keys of visits: no car's */

struct lending_visit {
    uint64_t key; /* < 2^48, the same on every rail */
    uint32_t visitor;
    int64_t energy_uj, departure_us;
    double choice; /* 0 .. 1: of the outlets that are free */
};

struct lending_listener {
    void *self;
    void (*on_visit)(void *self, const struct lending_visit *visit);
};

struct lending {
    struct sim *sim;
    const struct sharing_config *config;
    int64_t start_unix_s;
    struct lending_listener listener;
    bool *is_here; /* per visitor */
    uint64_t visit_count;
    struct sim_stream stream; /* of the times */
    uint16_t kind;
};

/* Plans the first visit if anybody comes at all. Returns false when memory is out. Owns: lending_close. */
bool lending_init(struct lending *lending, struct sim *sim, const struct sharing_config *config, int64_t start_unix_s,
                  const struct lending_listener *listener) __attribute__((warn_unused_result));
void lending_close(struct lending *lending);
/* The visitor of an earlier visit is gone. */
void lending_leave(struct lending *lending, uint32_t visitor);
/* Does the resident own the outlet? Owners are spread evenly over the numbers. */
bool lending_is_owned(const struct sharing_config *config, uint32_t outlet);

#endif
