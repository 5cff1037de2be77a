/* manage_parts.h: what the files of managed charging share among themselves.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_SITE_MANAGE_PARTS_H
#define KONSENTO_MODELS_SITE_MANAGE_PARTS_H

#include "models/site/manage.h"

/* Laxities no further apart than this are equal; crossings are found no more often. */
#define MANAGE_EQUAL_US INT64_C(1000000)

/* Time in which the car would be full at most_w, rounded up. */
int64_t manage_need_us(const struct manage *manage, const struct manage_place *place);
/* Departure less now less need: what may be waited; negative if it is too late. */
int64_t manage_laxity_us(const struct manage *manage, const struct manage_place *place);

/* A strategy: the order of who wants energy, who of them may have it now, and how it is shared. */
struct manage_strategy {
    int64_t (*key)(const struct manage *manage, const struct manage_place *place); /* least first */
    bool (*may)(struct manage *manage, struct manage_place *place);                /* NULL: all may */
    void (*share)(struct manage *manage);          /* fills granted_w of the wanting, at most allowed_w */
    int64_t (*crossing_us)(struct manage *manage); /* when the order changes by itself; NULL: never */
    bool has_turns;                                /* who waits for the minimum takes turns */
};
const struct manage_strategy *manage_strategy(const struct manage *manage);
/* Sorts the wanting by key, then by session. */
void manage_sort(struct manage *manage);

/* ---- shares (manage_share.c) ----------------------------------------------------------------------------------- */

void manage_share_in_order(struct manage *manage);
void manage_share_equally(struct manage *manage);
void manage_share_in_rounds(struct manage *manage);
void manage_share_by_laxity(struct manage *manage);
/* In order, but who need not start yet has no more than the surplus that others leave. */
void manage_share_surplus(struct manage *manage);

static inline struct manage_place *manage_at(const struct manage *manage, uint32_t i)
{
    return &manage->places[manage->members[i]];
}

#endif
