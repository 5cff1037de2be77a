/* lightning_place.h: nodes of phones, outlets and hub, the links between them, and what they hold.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_PLACE_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_PLACE_H

#include "models/rails/lightning_parts.h"

/* The host, and all nodes in it, asleep. Returns false when memory is out. */
bool place_open(struct lightning *rail, const struct lightning_options *options);
void place_close(struct lightning *rail);
/* Lines between the operator's own nodes; behind host_begin. Returns false when memory is out. */
bool place_begin(struct lightning *rail);

/* The node that a phone has its channel with, to pay at an outlet. */
uint32_t place_far(const struct lightning *rail, uint32_t outlet);
/* The line of a phone to it, laid if it is not there. Returns SLAB_NONE when memory is out (told to trouble). */
uint32_t place_line(struct lightning *rail, uint32_t payer, uint32_t far);

/* Time that a request takes from a phone to an outlet, or back. In: uniform, above 0 and below 1. */
int64_t place_way_us(const struct lightning *rail, double uniform);

/* The entry of a channel at one of its ends; NULL: it does not know it, or has no power. */
const struct ln_node_channel *place_entry(const struct lightning *rail, const struct tie *tie, int end);
/* Whether a node's channels with another, together, could send it so much. In: far, HOST_NONE: with anybody. */
enum place_reach {
    PLACE_REACHES,
    PLACE_TOO_LITTLE,
    PLACE_NO_CHANNEL,
    PLACE_UNKNOWN /* they are being reestablished: soon */
};
enum place_reach place_reach(const struct lightning *rail, uint32_t node, uint32_t far, int64_t amount_msat);
/* Whether a node has a channel with another in which it has offered as many HTLCs as that accepts. In: far, as above.
 */
bool place_is_crowded(const struct lightning *rail, uint32_t node, uint32_t far);

#endif
