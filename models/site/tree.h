/* tree.h: the wires between the transformer and the outlets, what each may carry and what it does.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   transformer --- service --+-- homes, roof
 *      (total)     (by leg)   +-- floor board 0 --+-- outlet 0, outlet 2, ...      outlets hang on boards in turn,
 *                             |      (by leg)                                      and on legs in turn
 *                             +-- floor board 1 --+-- outlet 1, outlet 3, ...
 *
 * A lane is a leg, or all legs together. Loads are integers in parts of a watt, six to one, so that a load on one leg,
 * on two or on three is exact. What an outlet's power puts on the lanes of every node above it:
 *
 *   wiring        legs    outlet                        on its leg or legs     limit of a leg
 *   single        none    any                           (total alone)          current x voltage, of the total
 *   three_wire    A B     200 V / 100 V                 1/2 each / all on one  current x 100 V
 *   three_phase   A B C   one phase / three phases      all on one / 1/3 each  current x voltage
 *
 * Room is what a node's limits leave to cars beside the homes and the roof. The roof is balanced on the legs; homes are
 * on legs in turn (three_phase), or with a share on the one and the rest on the other, which alternates (three_wire).
 * Limits hold in the direction of loads. Assumed: power factor 1, nominal voltage. Not modeled: voltage drop, losses
 * of wires, the neutral.
 */
#ifndef KONSENTO_MODELS_SITE_TREE_H
#define KONSENTO_MODELS_SITE_TREE_H

#include "models/site/config.h"

#include <stdbool.h>
#include <stdint.h>

#define TREE_PARTS 6 /* of a watt */
#define TREE_NONE  UINT32_MAX

enum tree_lane { TREE_LEG_A, TREE_LEG_B, TREE_LEG_C, TREE_TOTAL, TREE_LANES };
enum { TREE_TRANSFORMER, TREE_SERVICE, TREE_FIRST_BOARD };

struct tree_lanes {
    int64_t parts[TREE_LANES];
};

struct tree_node {
    uint32_t parent;
    struct tree_lanes limit; /* INT64_MAX: none */
    struct tree_lanes cars;  /* constant draws below it; less than 0: cars give more than others take */
    struct tree_lanes taper; /* no less than what the tapering ones below it take */
    struct tree_lanes room;  /* of the present sharing (tree_room_*) */
};

struct tree {
    enum wiring wiring;
    uint32_t boards, leg_count;
    bool is_split; /* outlets lie on all legs alike */
    bool has_limit;
    int64_t cap_w; /* cars may have no more than this together, whatever the limits leave; INT64_MAX: none */
    struct tree_node *nodes;
    uint32_t node_count;
    struct tree_lanes outside; /* homes less roof, at the service and above */
};

/* Returns false when memory is out. Owns: tree_close. */
bool tree_init(struct tree *tree, const struct building_config *config) __attribute__((warn_unused_result));
void tree_close(struct tree *tree);

/* Where an outlet hangs, and what one watt of it is on each lane. */
uint32_t tree_leaf(const struct tree *tree, uint32_t outlet);
void tree_weights(const struct tree *tree, struct tree_lanes *weights, uint32_t outlet);
/* Is the node on the outlet's way to the transformer? */
bool tree_is_above(const struct tree *tree, uint32_t node, uint32_t outlet);

/* A constant draw changes by power_w, a bound of tapering ones by power_w. */
void tree_add(struct tree *tree, uint32_t outlet, int64_t power_w);
void tree_add_taper(struct tree *tree, uint32_t outlet, int64_t power_w);
/* What homes and the roof put on the lanes from now on. */
void tree_set_outside(struct tree *tree, const struct tree_lanes *outside);
/* Homes and roof on the node's lane: nothing below the service. */
int64_t tree_outside_parts(const struct tree *tree, uint32_t node, enum tree_lane lane);

/* How a load is spread: of one flat (by number), balanced on all legs. Adds. */
void tree_spread_flat(const struct tree *tree, struct tree_lanes *lanes, uint32_t flat, int64_t power_w,
                      int64_t leg_ppm);
void tree_spread_balanced(const struct tree *tree, struct tree_lanes *lanes, int64_t power_w);

/* Dealing out: begin with all that limits leave beside homes and roof; the most that an outlet may have of what is
 * left (INT64_MAX: no limit above it); take it. */
void tree_room_begin(struct tree *tree);
int64_t tree_room_most_w(const struct tree *tree, uint32_t outlet);
void tree_room_take(struct tree *tree, uint32_t outlet, int64_t power_w);

#endif
