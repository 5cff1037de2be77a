/* resample.c: transitions of real users, and the draw of a like one.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/resample.h"

#include "models/least.h"

#include <assert.h>
#include <stdlib.h>

#define GAP_MIN_US MINUTE_US
#define LIKE_MIN   5 /* fewer like moments than these: look wider */

/* ---- transitions ----------------------------------------------------------------------------------------------- */

static struct transition from_to(int64_t from_us, const struct visit *stay)
{
    return (struct transition){.from_us = from_us,
                               .gap_us = max64(stay->arrival_us - from_us, GAP_MIN_US),
                               .duration_us = stay->departure_us - stay->arrival_us,
                               .energy_uj = stay->energy_uj};
}

/* Is the month after this one active as well? */
static bool goes_on(const struct history *history, size_t month)
{
    const struct history_month *this = &history->months[month], *next = this + 1;
    return month + 1 < history->month_count && next->user == this->user &&
           next->start_us == this->start_us + HISTORY_MONTH_US;
}

static void add_month(struct resample *resample, size_t *count, const struct history *history, size_t number)
{
    const struct history_month *month = &history->months[number];
    const struct visit *stays = history->stays + month->first;
    resample->months[resample->month_count++] = from_to(month->start_us, &stays[0]);
    for (size_t i = 0; i + 1 < month->count || (i < month->count && goes_on(history, number)); i++)
        resample->transitions[(*count)++] = from_to(stays[i].departure_us, &stays[i + 1]);
    int64_t last_us = stays[month->count - 1].departure_us;
    if (!goes_on(history, number))
        resample->transitions[(*count)++] =
            (struct transition){.from_us = last_us, .gap_us = max64(month->start_us + HISTORY_MONTH_US - last_us, 0)};
}

static void add_users(struct resample *resample, const struct history *history)
{
    size_t count = 0;
    for (size_t m = 0; m < history->month_count;) {
        uint32_t number = history->months[m].user;
        struct resample_user *user = &resample->users[resample->user_count++];
        *user = (struct resample_user){.first = count, .month_first = resample->month_count};
        for (; m < history->month_count && history->months[m].user == number; m++)
            add_month(resample, &count, history, m);
        user->count = count - user->first;
        user->month_count = resample->month_count - user->month_first;
    }
}

bool resample_init(struct resample *resample, const struct history *history)
{
    *resample = (struct resample){0};
    resample->transitions = malloc((history->stay_count + 1) * sizeof resample->transitions[0]);
    resample->months = malloc((history->month_count + 1) * sizeof resample->months[0]);
    resample->users = malloc(((size_t)history->user_count + 1) * sizeof resample->users[0]);
    if (resample->transitions == NULL || resample->months == NULL || resample->users == NULL) {
        resample_close(resample);
        return false;
    }
    add_users(resample, history);
    return true;
}

void resample_close(struct resample *resample)
{
    free(resample->transitions);
    free(resample->months);
    free(resample->users);
    *resample = (struct resample){0};
}

static size_t draw_below(size_t count, gsl_rng *rng)
{
    return (size_t)(gsl_rng_uniform(rng) * (double)count);
}

uint32_t resample_draw_user(const struct resample *resample, gsl_rng *rng)
{
    assert(resample->user_count > 0);
    size_t month = draw_below(resample->month_count, rng);
    uint32_t user = 0;
    while (month >= resample->users[user].month_first + resample->users[user].month_count)
        user++;
    return user;
}

/* ---- a like moment --------------------------------------------------------------------------------------------- */

enum day_kind { KIND_WORKDAY, KIND_FRIDAY, KIND_SATURDAY, KIND_SUNDAY };

static enum day_kind day_kind(int64_t time_us)
{
    int64_t day = time_us / DAY_US % 7;
    return day < 4 ? KIND_WORKDAY : (enum day_kind)(day - 3);
}

/* How like two moments must be: each rung is wider than the one before, the last takes any. */
struct rung {
    int64_t hours_us;
    bool same_kind;
};
static const struct rung rungs[] = {
    {HOUR_US, true}, {2 * HOUR_US, true}, {2 * HOUR_US, false}, {4 * HOUR_US, false}, {DAY_US, false}};

static bool is_like(const struct rung *rung, int64_t a_us, int64_t b_us)
{
    int64_t apart_us = llabs(a_us % DAY_US - b_us % DAY_US);
    apart_us = min64(apart_us, DAY_US - apart_us);
    return apart_us <= rung->hours_us && (!rung->same_kind || day_kind(a_us) == day_kind(b_us));
}

static size_t count_like(const struct transition *transitions, size_t count, const struct rung *rung, int64_t from_us)
{
    size_t like = 0;
    for (size_t i = 0; i < count; i++)
        like += is_like(rung, transitions[i].from_us, from_us);
    return like;
}

static const struct transition *pick_like(const struct transition *transitions, const struct rung *rung,
                                          int64_t from_us, size_t chosen)
{
    for (;; transitions++)
        if (is_like(rung, transitions->from_us, from_us) && chosen-- == 0)
            return transitions;
}

static void follow(struct visit *stay, const struct transition *transition, int64_t from_us, int64_t gap_us)
{
    stay->arrival_us = from_us + gap_us;
    stay->departure_us = stay->arrival_us + transition->duration_us;
    stay->energy_uj = transition->energy_uj;
}

static const struct transition *draw_like(const struct resample *resample, const struct resample_user *user,
                                          int64_t from_us, gsl_rng *rng)
{
    const struct transition *own = resample->transitions + user->first;
    const struct rung *last = rungs + sizeof rungs / sizeof rungs[0] - 1, *rung = rungs;
    size_t like = count_like(own, user->count, rung, from_us);
    for (; like < LIKE_MIN && rung != last; like = count_like(own, user->count, rung, from_us))
        rung++;
    return pick_like(own, rung, from_us, draw_below(like, rng));
}

/* Does a spell begin with this month of the user? */
static bool is_spell_start(const struct transition *months, size_t month)
{
    return month == 0 || months[month - 1].from_us + HISTORY_MONTH_US != months[month].from_us;
}

static const struct transition *draw_spell(const struct resample *resample, const struct resample_user *user,
                                           gsl_rng *rng)
{
    const struct transition *months = resample->months + user->month_first;
    size_t spells = 0;
    for (size_t i = 0; i < user->month_count; i++)
        spells += is_spell_start(months, i);
    size_t chosen = draw_below(spells, rng), i = 0;
    while (!is_spell_start(months, i) || chosen-- > 0)
        i++;
    return &months[i];
}

void resample_next(struct visit *stay, const struct resample *resample, uint32_t number, int64_t from_us, gsl_rng *rng)
{
    const struct resample_user *user = &resample->users[number];
    const struct transition *transition = draw_like(resample, user, from_us, rng);
    if (transition->duration_us == 0) { /* to the Monday that is nearest, for that is where spells begin */
        int64_t end_us = (from_us + transition->gap_us + HISTORY_WEEK_US / 2) / HISTORY_WEEK_US * HISTORY_WEEK_US;
        transition = draw_spell(resample, user, rng);
        follow(stay, transition, end_us, max64(transition->gap_us, from_us + GAP_MIN_US - end_us));
    } else {
        follow(stay, transition, from_us, transition->gap_us);
    }
}

void resample_first(struct visit *stay, const struct resample *resample, uint32_t number, int64_t from_us, gsl_rng *rng)
{
    const struct resample_user *user = &resample->users[number];
    const struct transition *month = &resample->months[user->month_first + draw_below(user->month_count, rng)];
    follow(stay, month, from_us, month->gap_us);
}

static size_t draw_month(const void *self, struct visit *stays, size_t *blocked, gsl_rng *rng)
{
    (void)blocked; /* a gap begins where a stay ends */
    const struct resample *resample = self;
    uint32_t user = resample_draw_user(resample, rng);
    size_t count = 0;
    resample_first(&stays[0], resample, user, 0, rng);
    while (stays[count].arrival_us < HISTORY_MONTH_US && ++count < AGGREGATE_STAYS_MAX)
        resample_next(&stays[count], resample, user, stays[count - 1].departure_us, rng);
    return count;
}

void resample_source(struct aggregate_source *source, const struct resample *resample)
{
    *source = (struct aggregate_source){.self = resample, .month = draw_month};
}
