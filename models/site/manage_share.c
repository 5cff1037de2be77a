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

void manage_share_in_order(struct manage *manage)
{
    int64_t left_w = manage->free_w;
    for (uint32_t i = 0; i < manage->wanting_count; i++) {
        struct manage_place *place = manage_at(manage, i);
        int64_t power_w = min64(place->allowed_w, left_w);
        place->granted_w = power_w < least_w(manage, place) ? 0 : power_w;
        left_w -= place->granted_w;
    }
}

/* ---- equal shares ---------------------------------------------------------------------------------------------- */

#define OPEN (-1) /* has a share, not known yet */

/* Who gets the least that is of use, in order. Returns how many. */
static int64_t admit(struct manage *manage)
{
    int64_t left_w = manage->free_w, count = 0;
    for (uint32_t i = 0; i < manage->wanting_count; i++) {
        struct manage_place *place = manage_at(manage, i);
        bool fits = place->allowed_w > 0 && least_w(manage, place) <= left_w;
        place->granted_w = fits ? OPEN : 0;
        if (!fits)
            continue;
        left_w -= least_w(manage, place);
        count++;
    }
    return count;
}

/* Who cannot take an equal share gets all that he can; what he leaves is the others'. Returns what is left for `open`
 * of them, each of whom can take his share. */
static int64_t satisfy(struct manage *manage, int64_t *open)
{
    int64_t left_w = manage->free_w;
    for (bool again = true; again && *open > 0;) {
        int64_t share_w = left_w / *open;
        again = false;
        for (uint32_t i = 0; i < manage->wanting_count; i++) {
            struct manage_place *place = manage_at(manage, i);
            if (place->granted_w != OPEN || place->allowed_w > share_w)
                continue;
            place->granted_w = place->allowed_w;
            left_w -= place->allowed_w;
            --*open;
            again = true;
        }
    }
    return left_w;
}

void manage_share_equally(struct manage *manage)
{
    int64_t open = admit(manage), left_w = satisfy(manage, &open);
    for (uint32_t i = 0; i < manage->wanting_count && open > 0; i++) {
        struct manage_place *place = manage_at(manage, i);
        if (place->granted_w != OPEN)
            continue;
        place->granted_w = (left_w + open - 1) / open; /* the odd watts go to the first */
        left_w -= place->granted_w;
        open--;
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
    int64_t left_w = manage->free_w;
    for (uint32_t i = 0; i < manage->wanting_count; i++)
        manage_at(manage, i)->granted_w = 0;
    for (bool again = true; again;) {
        again = false;
        for (uint32_t i = 0; i < manage->wanting_count; i++) {
            struct manage_place *place = manage_at(manage, i);
            int64_t portion = portion_w(manage, place);
            if (portion == 0 || portion > left_w)
                continue;
            place->granted_w += portion;
            left_w -= portion;
            again = true;
        }
    }
}

/* ---- least laxity ---------------------------------------------------------------------------------------------- */

/* The end of those whose laxity equals that of the first; in: the first. */
static uint32_t equals_end(const struct manage *manage, uint32_t first, __int128 *allowed_w)
{
    uint32_t end = first;
    *allowed_w = 0;
    for (; end < manage->wanting_count; end++) {
        const struct manage_place *place = manage_at(manage, end);
        if (place->key > manage_at(manage, first)->key + MANAGE_EQUAL_US)
            break;
        *allowed_w += place->allowed_w;
    }
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
    int64_t left_w = manage->free_w;
    for (uint32_t first = 0; first < manage->wanting_count;) {
        __int128 allowed_w;
        uint32_t end = equals_end(manage, first, &allowed_w);
        for (; first < end; first++) {
            struct manage_place *place = manage_at(manage, first);
            place->granted_w = place->allowed_w;
            if (allowed_w > left_w) /* rounded up: the odd watts go to the first */
                place->granted_w = (int64_t)(((__int128)left_w * place->allowed_w + allowed_w - 1) / allowed_w);
            allowed_w -= place->allowed_w;
            left_w -= place->granted_w;
        }
    }
}
