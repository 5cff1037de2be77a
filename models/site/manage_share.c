/* manage_share.c: how what the service leaves is dealt out to the cars that may have it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/manage_parts.h"

#include "models/least.h"

/* Less than this is of no use to the car. */
static int64_t least_w(const struct manage *manage, const struct manage_place *place)
{
    return min64(manage->minimum_w, place->allowed_w);
}

static int64_t room_w(const struct manage *manage, uint32_t i)
{
    return tree_room_most_w(manage->tree, manage->members[i]);
}

static void take(struct manage *manage, uint32_t i, int64_t power_w)
{
    tree_room_take(manage->tree, manage->members[i], power_w);
}

/* ---- in order -------------------------------------------------------------------------------------------------- */

/* Gives the i-th at most most_w of what there is. */
static void serve(struct manage *manage, uint32_t i, int64_t most_w)
{
    struct manage_place *place = manage_at(manage, i);
    int64_t power_w = min64(min64(place->allowed_w, most_w), room_w(manage, i));
    place->granted_w = power_w < least_w(manage, place) ? 0 : power_w;
    take(manage, i, place->granted_w);
}

void manage_share_in_order(struct manage *manage)
{
    for (uint32_t i = 0; i < manage->wanting_count; i++)
        serve(manage, i, INT64_MAX);
}

void manage_share_surplus(struct manage *manage)
{
    int64_t left_w = manage->surplus_w;
    for (uint32_t i = 0; i < manage->wanting_count; i++) {
        const struct manage_place *place = manage_at(manage, i);
        serve(manage, i, place->is_urgent ? INT64_MAX : left_w);
        left_w = max64(0, left_w - place->granted_w);
    }
}

/* ---- rounds ---------------------------------------------------------------------------------------------------- */

/* What the next round brings the car; 0: it can take no more. */
static int64_t portion_w(const struct manage *manage, const struct manage_place *place)
{
    int64_t portion = min64(manage->round_w, place->allowed_w - place->granted_w);
    return place->granted_w > 0 ? portion : max64(portion, least_w(manage, place));
}

void manage_share_in_rounds(struct manage *manage)
{
    for (uint32_t i = 0; i < manage->wanting_count; i++)
        manage_at(manage, i)->granted_w = 0;
    for (bool again = true; again;) {
        again = false;
        for (uint32_t i = 0; i < manage->wanting_count; i++) {
            struct manage_place *place = manage_at(manage, i);
            int64_t portion = portion_w(manage, place);
            if (portion == 0 || portion > room_w(manage, i))
                continue;
            place->granted_w += portion;
            take(manage, i, portion);
            again = true;
        }
    }
}

/* ---- proportions -----------------------------------------------------------------------------------------------
 *
 * A group of cars shares in proportion to weights, none more than it may: as in water that rises in all of them alike
 * until a car is full or a lane of the tree is. The lane that is full first decides for the cars below it; then the
 * water rises on in the others. */

#define OPEN (-1) /* has a share, not known yet */

struct group {
    uint32_t first, end; /* of the wanting */
    int64_t (*weight)(const struct manage_place *place);
};

static int64_t one(const struct manage_place *place)
{
    (void)place;
    return 1;
}

static int64_t allowed(const struct manage_place *place)
{
    return place->allowed_w;
}

/* The lane that is full first: what is left of it, and the weights that share it. No lane: node is TREE_NONE. */
struct narrow {
    uint32_t node;
    int lane;
    __int128 left, weight;
};

static __int128 open_weight(const struct manage *manage, const struct group *group, uint32_t node, int lane)
{
    __int128 sum = 0;
    for (uint32_t i = group->first; i < group->end; i++) {
        const struct manage_place *place = manage_at(manage, i);
        struct tree_lanes weights;
        if (place->granted_w != OPEN || !tree_is_above(manage->tree, node, manage->members[i]))
            continue;
        tree_weights(manage->tree, &weights, manage->members[i]);
        sum += (__int128)group->weight(place) * weights.parts[lane];
    }
    return sum;
}

static struct narrow narrowest(const struct manage *manage, const struct group *group)
{
    struct narrow found = {.node = TREE_NONE};
    const struct tree *tree = manage->tree;
    for (uint32_t node = 0; node < tree->node_count; node++)
        for (int lane = 0; lane < TREE_LANES; lane++) {
            if (tree->nodes[node].room.parts[lane] == INT64_MAX)
                continue;
            __int128 left = tree->nodes[node].room.parts[lane], weight = open_weight(manage, group, node, lane);
            if (weight > 0 && (found.node == TREE_NONE || left * found.weight < found.left * weight))
                found = (struct narrow){node, lane, left, weight};
        }
    return found;
}

static void settle(struct manage *manage, uint32_t i, int64_t power_w)
{
    manage_at(manage, i)->granted_w = power_w;
    take(manage, i, power_w);
}

/* Cars that are full before the narrowest lane is get all that they may. Returns whether there were any. */
static bool settle_full(struct manage *manage, const struct group *group, const struct narrow *narrow)
{
    bool found = false;
    for (uint32_t i = group->first; i < group->end; i++) {
        const struct manage_place *place = manage_at(manage, i);
        if (place->granted_w != OPEN)
            continue;
        __int128 weight = group->weight(place);
        if (narrow->node == TREE_NONE || place->allowed_w * narrow->weight <= narrow->left * weight) {
            settle(manage, i, place->allowed_w);
            found = true;
        }
    }
    return found;
}

/* Cars below the narrowest lane get their part of it: whole watts, the odd ones to the first. */
static void settle_below(struct manage *manage, const struct group *group, struct narrow narrow)
{
    for (uint32_t i = group->first; i < group->end; i++) {
        struct manage_place *place = manage_at(manage, i);
        struct tree_lanes weights;
        tree_weights(manage->tree, &weights, manage->members[i]);
        int64_t parts = weights.parts[narrow.lane];
        if (place->granted_w != OPEN || parts == 0 || !tree_is_above(manage->tree, narrow.node, manage->members[i]))
            continue;
        __int128 weight = group->weight(place);
        int64_t power_w = (int64_t)((narrow.left * weight + narrow.weight - 1) / narrow.weight);
        power_w = min64(min64(power_w, place->allowed_w), room_w(manage, i));
        settle(manage, i, power_w);
        narrow.left -= (__int128)parts * power_w;
        narrow.weight -= weight * parts;
    }
}

/* Deals out to all of the group that are OPEN. */
static void share(struct manage *manage, const struct group *group)
{
    for (;;) {
        struct narrow narrow = narrowest(manage, group);
        if (settle_full(manage, group, &narrow))
            continue;
        if (narrow.node == TREE_NONE)
            return;
        settle_below(manage, group, narrow);
    }
}

/* Who gets the least that is of use, in order, is OPEN; the others get nothing. */
static void admit(struct manage *manage)
{
    for (uint32_t i = 0; i < manage->wanting_count; i++) {
        struct manage_place *place = manage_at(manage, i);
        int64_t least = least_w(manage, place);
        bool fits = place->allowed_w > 0 && least <= room_w(manage, i);
        place->granted_w = fits ? OPEN : 0;
        take(manage, i, fits ? least : 0);
    }
    tree_room_begin(manage->tree); /* all of it, to those */
}

/* On a tree of several lanes an equal share can be less than the least that is of use: that is nobody's. */
static void drop_useless(struct manage *manage)
{
    for (uint32_t i = 0; i < manage->wanting_count; i++) {
        struct manage_place *place = manage_at(manage, i);
        if (place->granted_w < least_w(manage, place))
            place->granted_w = 0;
    }
}

void manage_share_equally(struct manage *manage)
{
    admit(manage);
    share(manage, &(struct group){0, manage->wanting_count, one});
    drop_useless(manage);
}

/* ---- least laxity ---------------------------------------------------------------------------------------------- */

/* The end of those whose laxity equals that of the first. */
static uint32_t equals_end(const struct manage *manage, uint32_t first)
{
    uint32_t end = first;
    while (end < manage->wanting_count &&
           manage_at(manage, end)->key <= manage_at(manage, first)->key + MANAGE_EQUAL_US)
        end++;
    return end;
}

/* Equal laxities share in proportion to what they could have, so that they stay equal: as if they took turns without
 * end. */
void manage_share_by_laxity(struct manage *manage)
{
    if (manage->minimum_w > 0) {
        manage_share_in_order(manage);
        return;
    }
    for (uint32_t first = 0; first < manage->wanting_count;) {
        struct group group = {first, equals_end(manage, first), allowed};
        for (uint32_t i = first; i < group.end; i++)
            manage_at(manage, i)->granted_w = manage_at(manage, i)->allowed_w > 0 ? OPEN : 0;
        share(manage, &group);
        first = group.end;
    }
}
