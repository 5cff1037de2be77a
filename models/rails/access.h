/* access.h: the building's router and the garage's radio, the same for every rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     phone ──radio of the garage── internet ──router of the building── outlet
 *
 * Each is a coverage (models/network/coverage.h) with a stream of its own, so that every rail meets the same gaps.
 * Rails with lines of their own hang them on these numbers. For those without, a gate stands before the rail: a payment
 * that is asked for while phone or outlet cannot be reached fails after the payer's patience (RAIL_CAUSE_OFFLINE), and
 * the rail hears nothing of it. Not modeled by the gate: outages that begin while a payment is under way, power that is
 * withdrawn and cannot be, phones outside the garage.
 */
#ifndef KONSENTO_MODELS_RAILS_ACCESS_H
#define KONSENTO_MODELS_RAILS_ACCESS_H

#include "models/network/coverage.h"
#include "models/rails/access_config.h"
#include "models/rails/rail.h"

struct access {
    const struct access_config *config;
    struct coverages coverages;
    uint32_t router;   /* SLAB_NONE: always there */
    uint32_t *garages; /* by payer; NULL: always there */
};

/* Whether anything of it may go. */
bool access_is_asked(const struct access_config *config);
/* Returns false when memory is out. Owns: access_close, whatever it returned. The config outlives it. */
__attribute__((warn_unused_result)) bool access_open(struct access *access, struct trouble *trouble,
                                                     const struct access_config *config, uint32_t payer_count);
void access_close(struct access *access);

/* Whether there is anything that may go. */
bool access_is_needed(const struct access *access);
/* Whether a phone and the outlets can be reached now. */
bool access_is_there(const struct access *access, uint32_t payer);

/* Puts a gate before a rail. Owns: the rail, with its free. Returns false, and the rail is as it was, when memory is
 * out. In: listener, of the rail. */
__attribute__((warn_unused_result)) bool gate_open(struct rail *rail, const struct access *access,
                                                   struct trouble *trouble, const struct rail_listener *listener);

#endif
