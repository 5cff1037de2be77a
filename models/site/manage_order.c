/* manage_order.c: the table of strategies: who comes first, who may charge now, when that changes by itself.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/manage_parts.h"

#include "models/least.h"

#include <assert.h>

/* Credit that is not final comes behind all that is. */
#define BEHIND_US (INT64_MAX / 4)

static int64_t now_us(const struct manage *manage)
{
    return sim_now_us(manage->trouble->sim);
}

/* a x b / c, rounded up, or INT64_MAX. */
static int64_t scale(int64_t a, int64_t b, int64_t c)
{
    __int128 value = ((__int128)a * b + c - 1) / c;
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

int64_t manage_need_us(const struct manage *manage, const struct manage_place *place)
{
    return scale(place->wanted_uj, 1, manage->most_w);
}

int64_t manage_laxity_us(const struct manage *manage, const struct manage_place *place)
{
    return place->terms.departure_us - now_us(manage) - manage_need_us(manage, place);
}

/* ---- order ----------------------------------------------------------------------------------------------------- */

static int64_t by_turn(const struct manage *manage, const struct manage_place *place)
{
    (void)manage;
    return place->served_us;
}

static int64_t by_arrival(const struct manage *manage, const struct manage_place *place)
{
    (void)manage;
    return place->terms.arrival_us;
}

static int64_t by_departure(const struct manage *manage, const struct manage_place *place)
{
    (void)manage;
    return place->terms.departure_us;
}

/* With a minimum two cars of one laxity cannot share: who charges goes on until another is a turn more urgent. */
static int64_t by_laxity(const struct manage *manage, const struct manage_place *place)
{
    bool is_kept = manage->minimum_w > 0 && place->granted_w > 0;
    return manage_laxity_us(manage, place) - (is_kept ? manage->config->turn_us : 0);
}

static int64_t by_credit(const struct manage *manage, const struct manage_place *place)
{
    (void)manage;
    int64_t credit_us = min64(place->credit_us, BEHIND_US);
    return place->is_final ? credit_us : BEHIND_US + credit_us;
}

/* Who must start comes before who need not. */
static int64_t by_urgency(const struct manage *manage, const struct manage_place *place)
{
    (void)manage;
    return min64(place->terms.departure_us, BEHIND_US) + (place->is_urgent ? 0 : BEHIND_US);
}

/* Insertion: the order of last time is nearly right. */
void manage_sort(struct manage *manage)
{
    for (uint32_t i = 1; i < manage->wanting_count; i++) {
        uint32_t outlet = manage->members[i], j = i;
        const struct manage_place *place = &manage->places[outlet];
        for (; j > 0; j--) {
            const struct manage_place *other = manage_at(manage, j - 1);
            if (other->key < place->key || (other->key == place->key && other->terms.key < place->terms.key))
                break;
            manage->members[j] = manage->members[j - 1];
        }
        manage->members[j] = outlet;
    }
}

/* ---- who may --------------------------------------------------------------------------------------------------- */

static bool may_at_lowest(struct manage *manage, struct manage_place *place)
{
    place->cheaper_us = outlook_cheaper_us(&manage->outlook, now_us(manage), place->terms.departure_us);
    return place->cheaper_us == 0 || manage_laxity_us(manage, place) <= 0;
}

static bool may_if_needed(struct manage *manage, struct manage_place *place)
{
    place->cheaper_us = outlook_cheaper_us(&manage->outlook, now_us(manage), place->terms.departure_us);
    return manage_need_us(manage, place) > place->cheaper_us;
}

static bool may_by_sun(struct manage *manage, struct manage_place *place)
{
    place->is_urgent = manage_laxity_us(manage, place) <= MANAGE_EQUAL_US;
    return true;
}

/* ---- crossings ------------------------------------------------------------------------------------------------- */

/* The order changes where one that gets more stands before one that gets less and so becomes urgent faster. */
static int64_t laxities_meet_us(struct manage *manage)
{
    int64_t next_us = INT64_MAX;
    for (uint32_t i = 0; i + 1 < manage->wanting_count; i++) {
        const struct manage_place *first = manage_at(manage, i), *second = manage_at(manage, i + 1);
        int64_t gap_us = second->key - first->key, closing_w = first->granted_w - second->granted_w;
        if (gap_us > MANAGE_EQUAL_US && closing_w > 0)
            next_us = min64(next_us, scale(gap_us, manage->most_w, closing_w));
    }
    return next_us;
}

/* With a minimum: the first that waits overtakes one that charges. */
static int64_t waiting_overtakes_us(struct manage *manage)
{
    int64_t next_us = INT64_MAX, waiting_us = INT64_MAX;
    for (uint32_t i = 0; i < manage->wanting_count; i++)
        if (manage_at(manage, i)->granted_w == 0)
            waiting_us = min64(waiting_us, by_laxity(manage, manage_at(manage, i)));
    for (uint32_t i = 0; i < manage->wanting_count && waiting_us < INT64_MAX; i++) {
        const struct manage_place *place = manage_at(manage, i);
        int64_t gap_us = waiting_us - by_laxity(manage, place);
        if (place->granted_w > 0 && gap_us >= 0) /* an equal one does not overtake */
            next_us = min64(next_us, scale(gap_us + 1, manage->most_w, place->granted_w));
    }
    return next_us;
}

static int64_t laxity_crossing_us(struct manage *manage)
{
    int64_t after_us = manage->minimum_w > 0 ? waiting_overtakes_us(manage) : laxities_meet_us(manage);
    return after_us == INT64_MAX ? INT64_MAX : now_us(manage) + max64(after_us, MANAGE_EQUAL_US);
}

/* Who waits for a lower price must start in the end. */
static int64_t last_start_us(struct manage *manage)
{
    int64_t next_us = INT64_MAX;
    for (uint32_t i = 0; i < manage->wanting_count; i++)
        if (manage_at(manage, i)->allowed_w == 0)
            next_us = min64(next_us, now_us(manage) + manage_laxity_us(manage, manage_at(manage, i)));
    return next_us;
}

/* Who charges at this price has had enough of it when the cheaper hours suffice for the rest. */
static int64_t enough_us(struct manage *manage)
{
    int64_t next_us = INT64_MAX;
    for (uint32_t i = 0; i < manage->wanting_count; i++) {
        const struct manage_place *place = manage_at(manage, i);
        if (place->granted_w == 0 || place->cheaper_us == 0)
            continue;
        int64_t excess_us = manage_need_us(manage, place) - place->cheaper_us;
        next_us = min64(next_us, now_us(manage) + scale(excess_us, manage->most_w, place->granted_w));
    }
    return next_us;
}

/* Who has less than he could becomes urgent by and by. */
static int64_t urgent_us(struct manage *manage)
{
    int64_t after_us = INT64_MAX;
    for (uint32_t i = 0; i < manage->wanting_count; i++) {
        const struct manage_place *place = manage_at(manage, i);
        int64_t short_w = manage->most_w - place->granted_w;
        if (!place->is_urgent && short_w > 0)
            after_us = min64(after_us, scale(manage_laxity_us(manage, place), manage->most_w, short_w));
    }
    return after_us == INT64_MAX ? INT64_MAX : now_us(manage) + max64(after_us, MANAGE_EQUAL_US);
}

/* ---- strategies ------------------------------------------------------------------------------------------------ */

static const struct manage_strategy strategies[STRATEGY_COUNT] = {
    [STRATEGY_EQUAL_SHARE] = {.key = by_turn, .share = manage_share_equally, .has_turns = true},
    [STRATEGY_ROUND_ROBIN] = {.key = by_turn, .share = manage_share_in_rounds, .has_turns = true},
    [STRATEGY_FIRST_COME] = {.key = by_arrival, .share = manage_share_in_order},
    [STRATEGY_EARLIEST_DEADLINE] = {.key = by_departure, .share = manage_share_in_order},
    [STRATEGY_LEAST_LAXITY] = {.key = by_laxity, .share = manage_share_by_laxity, .crossing_us = laxity_crossing_us},
    [STRATEGY_TIME_OF_USE] = {.key = by_arrival,
                              .may = may_at_lowest,
                              .share = manage_share_in_order,
                              .crossing_us = last_start_us},
    [STRATEGY_PRICE_LED] = {.key = by_departure,
                            .may = may_if_needed,
                            .share = manage_share_in_order,
                            .crossing_us = enough_us},
    [STRATEGY_PV_SURPLUS] = {.key = by_urgency,
                             .may = may_by_sun,
                             .share = manage_share_surplus,
                             .crossing_us = urgent_us},
    [STRATEGY_PAID_FIRST] = {.key = by_credit, .share = manage_share_in_order},
};

const struct manage_strategy *manage_strategy(const struct manage *manage)
{
    assert(manage->config->strategy > STRATEGY_NONE && manage->config->strategy < STRATEGY_COUNT);
    return &strategies[manage->config->strategy];
}
