/* tree.c: lanes of nodes on the way from an outlet to the transformer.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/tree.h"

#include "models/least.h"

#include <assert.h>
#include <stdlib.h>

#define LEG_V 100 /* of a three-wire service, to neutral */

static uint32_t leg_count(enum wiring wiring)
{
    switch (wiring) {
    case WIRING_SINGLE:
        return 0;
    case WIRING_THREE_WIRE:
        return 2;
    case WIRING_THREE_PHASE:
        return 3;
    }
    assert(false && "wiring of no kind");
    return 0;
}

static bool is_split(const struct building_config *config)
{
    if (config->wiring == WIRING_THREE_WIRE)
        return config->outlets.voltage_v >= 2 * LEG_V;
    return config->outlets.phases == 3;
}

/* A current on each leg; without legs, on the total. */
static void limit_current(const struct tree *tree, struct tree_lanes *limit, const struct building_config *config,
                          int64_t current_ma)
{
    if (current_ma == CONFIG_SERVICE_UNLIMITED_MA || current_ma == 0)
        return;
    int64_t leg_v = config->wiring == WIRING_THREE_WIRE ? LEG_V : config->outlets.voltage_v;
    int64_t parts = current_ma * leg_v / 1000 * TREE_PARTS;
    for (uint32_t leg = 0; leg < tree->leg_count; leg++)
        limit->parts[leg] = parts;
    if (tree->leg_count == 0)
        limit->parts[TREE_TOTAL] = parts;
}

bool tree_init(struct tree *tree, const struct building_config *config)
{
    *tree = (struct tree){.wiring = config->wiring,
                          .boards = config->boards,
                          .leg_count = leg_count(config->wiring),
                          .is_split = is_split(config),
                          .cap_w = INT64_MAX,
                          .node_count = TREE_FIRST_BOARD + config->boards};
    tree->nodes = calloc(tree->node_count, sizeof tree->nodes[0]);
    if (tree->nodes == NULL)
        return false;
    for (uint32_t i = 0; i < tree->node_count; i++) {
        tree->nodes[i].parent = i == TREE_TRANSFORMER ? TREE_NONE : i == TREE_SERVICE ? TREE_TRANSFORMER : TREE_SERVICE;
        for (int lane = 0; lane < TREE_LANES; lane++)
            tree->nodes[i].limit.parts[lane] = INT64_MAX;
        if (i >= TREE_FIRST_BOARD)
            limit_current(tree, &tree->nodes[i].limit, config, config->board_limit_ma);
    }
    limit_current(tree, &tree->nodes[TREE_SERVICE].limit, config, config->service_limit_ma);
    const struct transformer_config *transformer = &config->transformer;
    if (transformer->rating_w > 0 && transformer->limit_ppm != INT64_MAX)
        tree->nodes[TREE_TRANSFORMER].limit.parts[TREE_TOTAL] =
            (int64_t)((__int128)transformer->rating_w * transformer->limit_ppm / 1000000) * TREE_PARTS;
    for (uint32_t i = 0; i < tree->node_count; i++)
        for (int lane = 0; lane < TREE_LANES; lane++)
            tree->has_limit = tree->has_limit || tree->nodes[i].limit.parts[lane] != INT64_MAX;
    return true;
}

void tree_close(struct tree *tree)
{
    free(tree->nodes);
    tree->nodes = NULL;
}

/* ---- places ---------------------------------------------------------------------------------------------------- */

uint32_t tree_leaf(const struct tree *tree, uint32_t outlet)
{
    return tree->boards == 0 ? TREE_SERVICE : TREE_FIRST_BOARD + outlet % tree->boards;
}

/* Legs change when all boards have had one, so that no board hangs on one leg alone. */
void tree_weights(const struct tree *tree, struct tree_lanes *weights, uint32_t outlet)
{
    *weights = (struct tree_lanes){.parts = {[TREE_TOTAL] = TREE_PARTS}};
    uint32_t legs = tree->leg_count, turn = tree->boards == 0 ? outlet : outlet / tree->boards;
    for (uint32_t leg = 0; leg < legs; leg++)
        if (tree->is_split)
            weights->parts[leg] = TREE_PARTS / legs;
        else if (turn % legs == leg)
            weights->parts[leg] = TREE_PARTS;
}

bool tree_is_above(const struct tree *tree, uint32_t node, uint32_t outlet)
{
    return node < TREE_FIRST_BOARD || node == tree_leaf(tree, outlet);
}

/* ---- loads ----------------------------------------------------------------------------------------------------- */

void tree_add(struct tree *tree, uint32_t outlet, int64_t power_w)
{
    struct tree_lanes weights;
    tree_weights(tree, &weights, outlet);
    for (uint32_t node = tree_leaf(tree, outlet); node != TREE_NONE; node = tree->nodes[node].parent)
        for (int lane = 0; lane < TREE_LANES; lane++)
            tree->nodes[node].cars.parts[lane] += weights.parts[lane] * power_w;
}

void tree_add_taper(struct tree *tree, uint32_t outlet, int64_t power_w)
{
    struct tree_lanes weights;
    tree_weights(tree, &weights, outlet);
    for (uint32_t node = tree_leaf(tree, outlet); node != TREE_NONE; node = tree->nodes[node].parent)
        for (int lane = 0; lane < TREE_LANES; lane++)
            tree->nodes[node].taper.parts[lane] += weights.parts[lane] * power_w;
}

void tree_set_outside(struct tree *tree, const struct tree_lanes *outside)
{
    tree->outside = *outside;
}

int64_t tree_outside_parts(const struct tree *tree, uint32_t node, enum tree_lane lane)
{
    return node < TREE_FIRST_BOARD ? tree->outside.parts[lane] : 0;
}

void tree_spread_balanced(const struct tree *tree, struct tree_lanes *lanes, int64_t power_w)
{
    lanes->parts[TREE_TOTAL] += TREE_PARTS * power_w;
    for (uint32_t leg = 0; leg < tree->leg_count; leg++)
        lanes->parts[leg] += TREE_PARTS / tree->leg_count * power_w;
}

void tree_spread_flat(const struct tree *tree, struct tree_lanes *lanes, uint32_t flat, int64_t power_w,
                      int64_t leg_ppm)
{
    int64_t all_parts = TREE_PARTS * power_w;
    lanes->parts[TREE_TOTAL] += all_parts;
    if (tree->wiring == WIRING_THREE_PHASE)
        lanes->parts[flat % 3] += all_parts;
    if (tree->wiring != WIRING_THREE_WIRE)
        return;
    int64_t first_parts = (int64_t)((__int128)all_parts * leg_ppm / 1000000);
    lanes->parts[flat % 2] += first_parts;
    lanes->parts[1 - flat % 2] += all_parts - first_parts;
}

/* ---- room ------------------------------------------------------------------------------------------------------ */

static bool is_bounded(const struct tree *tree)
{
    return tree->has_limit || tree->cap_w != INT64_MAX;
}

void tree_room_begin(struct tree *tree)
{
    for (uint32_t i = 0; i < tree->node_count && is_bounded(tree); i++) {
        struct tree_node *node = &tree->nodes[i];
        for (int lane = 0; lane < TREE_LANES; lane++) {
            int64_t limit = node->limit.parts[lane];
            node->room.parts[lane] =
                limit == INT64_MAX ? INT64_MAX : max64(0, limit - tree_outside_parts(tree, i, (enum tree_lane)lane));
        }
    }
    int64_t *service = &tree->nodes[TREE_SERVICE].room.parts[TREE_TOTAL];
    if (tree->cap_w != INT64_MAX)
        *service = min64(*service, tree->cap_w * TREE_PARTS);
}

int64_t tree_room_most_w(const struct tree *tree, uint32_t outlet)
{
    int64_t most_w = INT64_MAX;
    if (!is_bounded(tree))
        return most_w;
    struct tree_lanes weights;
    tree_weights(tree, &weights, outlet);
    for (uint32_t node = tree_leaf(tree, outlet); node != TREE_NONE; node = tree->nodes[node].parent)
        for (int lane = 0; lane < TREE_LANES; lane++)
            if (weights.parts[lane] > 0 && tree->nodes[node].room.parts[lane] != INT64_MAX)
                most_w = min64(most_w, tree->nodes[node].room.parts[lane] / weights.parts[lane]);
    return most_w;
}

void tree_room_take(struct tree *tree, uint32_t outlet, int64_t power_w)
{
    if (!is_bounded(tree) || power_w == 0)
        return;
    struct tree_lanes weights;
    tree_weights(tree, &weights, outlet);
    for (uint32_t node = tree_leaf(tree, outlet); node != TREE_NONE; node = tree->nodes[node].parent)
        for (int lane = 0; lane < TREE_LANES; lane++)
            if (tree->nodes[node].room.parts[lane] != INT64_MAX)
                tree->nodes[node].room.parts[lane] -= weights.parts[lane] * power_w;
}
