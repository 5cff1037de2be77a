/* liquidity.c: what a payer has learned about where money lies in other people's channels.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/liquidity.h"

#include "protocol/lightning/array.h"
#include <assert.h>
#include <string.h>

#define NONE UINT32_MAX

void ln_liquidity_init(struct ln_liquidity *liquidity, const struct btc_allocator *allocator, uint32_t records_max,
                       uint32_t half_life_s)
{
    *liquidity = (struct ln_liquidity){.allocator = allocator, .records_max = records_max, .half_life_s = half_life_s};
}

void ln_liquidity_close(struct ln_liquidity *liquidity)
{
    btc_release(liquidity->allocator, liquidity->records, liquidity->capacity * sizeof *liquidity->records);
    ln_liquidity_init(liquidity, liquidity->allocator, liquidity->records_max, liquidity->half_life_s);
}

/* ---- records ---- */

static uint64_t least_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The rank of the first record whose id is not less. */
static uint32_t rank_of(const struct ln_liquidity *liquidity, uint64_t short_channel_id)
{
    uint32_t low = 0, high = liquidity->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (liquidity->records[middle].short_channel_id < short_channel_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct ln_liquidity_record *ln_liquidity_find(const struct ln_liquidity *liquidity, uint64_t short_channel_id)
{
    uint32_t rank = rank_of(liquidity, short_channel_id);
    bool found = rank < liquidity->count && liquidity->records[rank].short_channel_id == short_channel_id;
    return found ? &liquidity->records[rank] : NULL;
}

static struct ln_liquidity_record *find(struct ln_liquidity *liquidity, uint64_t short_channel_id)
{
    return (struct ln_liquidity_record *)ln_liquidity_find(liquidity, short_channel_id);
}

static bool is_pending(const struct ln_liquidity_record *record)
{
    return record->pending_msat[0] != 0 || record->pending_msat[1] != 0;
}

static bool is_among(const struct ln_liquidity_record *record, const struct ln_liquidity_hop *hops, uint32_t hop_count)
{
    for (uint32_t i = 0; i < hop_count; i++) {
        if (hops[i].short_channel_id == record->short_channel_id) {
            return true;
        }
    }
    return false;
}

/* The record that gives way: touched longest ago, the first of equals; NONE if all are needed. */
static uint32_t oldest(const struct ln_liquidity *liquidity, const struct ln_liquidity_hop *hops, uint32_t hop_count)
{
    uint32_t found = NONE;
    for (uint32_t i = 0; i < liquidity->count; i++) {
        const struct ln_liquidity_record *record = &liquidity->records[i];
        bool older = found == NONE || record->learned_s < liquidity->records[found].learned_s;
        if (older && !is_pending(record) && !is_among(record, hops, hop_count)) {
            found = i;
        }
    }
    return found;
}

static uint32_t count_spare(const struct ln_liquidity *liquidity, const struct ln_liquidity_hop *hops,
                            uint32_t hop_count)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < liquidity->count; i++) {
        const struct ln_liquidity_record *record = &liquidity->records[i];
        count += !is_pending(record) && !is_among(record, hops, hop_count);
    }
    return count;
}

/* Returns its slot. */
static uint32_t remove_rank(struct ln_liquidity *liquidity, uint32_t rank)
{
    uint32_t slot = liquidity->records[rank].slot;
    liquidity->count--;
    memmove(liquidity->records + rank, liquidity->records + rank + 1,
            (liquidity->count - rank) * sizeof *liquidity->records);
    return slot;
}

static void forget_bounds(struct ln_liquidity_record *record, const struct ln_liquidity_hop *hop)
{
    record->is_guessed = hop->capacity_msat == 0;
    record->capacity_msat = least_of(record->is_guessed ? 2 * hop->amount_msat : hop->capacity_msat, LN_BOUND_MSAT_MAX);
    record->lower_msat = 0;
    record->upper_msat = record->capacity_msat;
}

/* Whether the record speaks of another capacity: there was a splice, or the guess was too small. */
static bool is_outgrown(const struct ln_liquidity_record *record, const struct ln_liquidity_hop *hop)
{
    return hop->capacity_msat == 0 ? !record->is_guessed || 2 * hop->amount_msat > record->capacity_msat
                                   : least_of(hop->capacity_msat, LN_BOUND_MSAT_MAX) != record->capacity_msat;
}

static struct ln_liquidity_record *insert(struct ln_liquidity *liquidity, const struct ln_liquidity_record *new)
{
    uint32_t rank = rank_of(liquidity, new->short_channel_id);
    struct ln_liquidity_record *record = &liquidity->records[rank];
    assert(liquidity->count < liquidity->capacity);
    memmove(record + 1, record, (liquidity->count - rank) * sizeof *record);
    *record = *new;
    liquidity->count++;
    return record;
}

static bool has_slot(const struct ln_liquidity *liquidity, uint32_t slot)
{
    for (uint32_t i = 0; i < liquidity->count; i++) {
        if (liquidity->records[i].slot == slot) {
            return true;
        }
    }
    return false;
}

/* One that no record has, below the limit: there are fewer records. */
static uint32_t free_slot(struct ln_liquidity *liquidity)
{
    uint32_t slot = 0;
    if (liquidity->slots < liquidity->records_max) {
        return liquidity->slots++;
    }
    while (has_slot(liquidity, slot)) { /* only if they were written with a higher limit */
        slot++;
    }
    assert(slot < liquidity->records_max);
    return slot;
}

bool ln_liquidity_fits(const struct ln_liquidity *liquidity, const struct ln_liquidity_record *record)
{
    return record->slot < liquidity->records_max && !has_slot(liquidity, record->slot) &&
           ln_liquidity_find(liquidity, record->short_channel_id) == NULL && record->lower_msat <= record->upper_msat &&
           record->upper_msat <= record->capacity_msat && record->capacity_msat <= LN_BOUND_MSAT_MAX &&
           !is_pending(record);
}

bool ln_liquidity_put(struct ln_liquidity *liquidity, const struct ln_liquidity_record *record)
{
    assert(ln_liquidity_fits(liquidity, record));
    if (!LN_ARRAY_RESERVE(liquidity->records, liquidity->capacity, liquidity->count + 1, liquidity->allocator)) {
        return false;
    }
    liquidity->slots = record->slot < liquidity->slots ? liquidity->slots : record->slot + 1;
    (void)insert(liquidity, record);
    return true;
}

/* Makes records for the hops that have none. Returns false if there is no room; nothing has changed. */
static bool make_records(struct ln_liquidity *liquidity, const struct ln_liquidity_hop *hops, uint32_t hop_count,
                         uint64_t now_s)
{
    uint32_t wanted = liquidity->count;
    for (uint32_t i = 0; i < hop_count; i++) {
        wanted += find(liquidity, hops[i].short_channel_id) == NULL;
    }
    uint32_t over = wanted > liquidity->records_max ? wanted - liquidity->records_max : 0;
    if ((over > 0 && count_spare(liquidity, hops, hop_count) < over) ||
        !LN_ARRAY_RESERVE(liquidity->records, liquidity->capacity, wanted - over, liquidity->allocator)) {
        return false;
    }
    for (uint32_t i = 0; i < hop_count; i++) {
        if (find(liquidity, hops[i].short_channel_id) == NULL) {
            bool full = liquidity->count == liquidity->records_max;
            uint32_t slot = full ? remove_rank(liquidity, oldest(liquidity, hops, hop_count)) : free_slot(liquidity);
            const struct ln_liquidity_record record = {.short_channel_id = hops[i].short_channel_id,
                                                       .learned_s = now_s,
                                                       .channel = hops[i].channel,
                                                       .slot = slot};
            forget_bounds(insert(liquidity, &record), &hops[i]);
        }
    }
    return true;
}

/* ---- time ---- */

/* What is left of a bound's distance, in 2^-32. */
static uint64_t share_left(const struct ln_liquidity *liquidity, const struct ln_liquidity_record *record,
                           uint64_t now_s)
{
    uint64_t age_s = now_s > record->learned_s ? now_s - record->learned_s : 0;
    if (liquidity->half_life_s == 0 || age_s == 0) {
        return LN_SURE;
    }
    return age_s / 32 >= liquidity->half_life_s ? 0 : ln_half_power(ln_ratio(age_s, liquidity->half_life_s));
}

static uint64_t share_of(uint64_t amount_msat, uint64_t share)
{
    return (uint64_t)((unsigned __int128)amount_msat * share >> 32);
}

static void age(const struct ln_liquidity *liquidity, struct ln_liquidity_record *record, uint64_t now_s)
{
    uint64_t share = share_left(liquidity, record, now_s);
    record->lower_msat = share_of(record->lower_msat, share);
    record->upper_msat = record->capacity_msat - share_of(record->capacity_msat - record->upper_msat, share);
    record->learned_s = now_s > record->learned_s ? now_s : record->learned_s;
}

bool ln_liquidity_is_barred(const struct ln_liquidity_record *record, unsigned direction, uint64_t now_s)
{
    return now_s < record->barred_until_s[direction];
}

struct ln_bounds ln_liquidity_record_bounds(const struct ln_liquidity *liquidity,
                                            const struct ln_liquidity_record *record, unsigned direction,
                                            uint64_t now_s)
{
    struct ln_liquidity_record now = *record;
    age(liquidity, &now, now_s);
    uint64_t capacity_msat = now.capacity_msat;
    return direction == 0
               ? (struct ln_bounds){now.lower_msat, now.upper_msat, capacity_msat}
               : (struct ln_bounds){capacity_msat - now.upper_msat, capacity_msat - now.lower_msat, capacity_msat};
}

/* ---- learning ---- */

/* What nodes[0] has is at least that much; what was believed before gives way. */
static void at_least(struct ln_liquidity_record *record, uint64_t amount_msat)
{
    record->lower_msat = most_of(record->lower_msat, least_of(amount_msat, record->capacity_msat));
    record->upper_msat = most_of(record->upper_msat, record->lower_msat);
}

static void at_most(struct ln_liquidity_record *record, uint64_t amount_msat)
{
    record->upper_msat = least_of(record->upper_msat, amount_msat);
    record->lower_msat = least_of(record->lower_msat, record->upper_msat);
}

/* The near end of a direction has it, the far end then has at most the rest. */
static void learn_passed(struct ln_liquidity_record *record, unsigned direction, uint64_t amount_msat)
{
    uint64_t rest_msat = record->capacity_msat - least_of(amount_msat, record->capacity_msat);
    if (direction == 0) {
        at_least(record, amount_msat);
    } else {
        at_most(record, rest_msat);
    }
}

/* The near end has less than that. */
static void learn_stopped(struct ln_liquidity_record *record, unsigned direction, uint64_t amount_msat)
{
    uint64_t has_msat = least_of(amount_msat == 0 ? 0 : amount_msat - 1, record->capacity_msat);
    if (direction == 0) {
        at_most(record, has_msat);
    } else {
        at_least(record, record->capacity_msat - has_msat);
    }
}

/* It went to the far end for good. A bound at the end of a guessed capacity says nothing and stays where it is. */
static void learn_moved(struct ln_liquidity_record *record, unsigned direction, uint64_t amount_msat)
{
    uint64_t moved_msat = least_of(amount_msat, record->capacity_msat);
    learn_passed(record, direction, moved_msat);
    bool lower_stays = record->is_guessed && record->lower_msat == 0;
    bool upper_stays = record->is_guessed && record->upper_msat == record->capacity_msat;
    if (direction == 0) {
        record->lower_msat -= moved_msat;
        record->upper_msat -= upper_stays ? 0 : moved_msat;
    } else {
        record->lower_msat += lower_stays ? 0 : moved_msat;
        record->upper_msat += moved_msat;
    }
}

bool ln_liquidity_sent(struct ln_liquidity *liquidity, const struct ln_liquidity_hop *hops, uint32_t hop_count,
                       uint64_t now_s)
{
    if (!make_records(liquidity, hops, hop_count, now_s)) {
        return false;
    }
    for (uint32_t i = 0; i < hop_count; i++) {
        const struct ln_liquidity_hop *hop = &hops[i];
        struct ln_liquidity_record *record = find(liquidity, hop->short_channel_id);
        if (is_outgrown(record, hop)) {
            forget_bounds(record, hop);
        }
        age(liquidity, record, now_s);
        record->channel = hop->channel;
        record->pending_msat[hop->direction] += hop->amount_msat;
    }
    return true;
}

/* Takes an amount off what is on its way. Returns the record, NULL if the attempt was not recorded. */
static struct ln_liquidity_record *arrive(struct ln_liquidity *liquidity, const struct ln_liquidity_hop *hop,
                                          uint64_t now_s)
{
    struct ln_liquidity_record *record = find(liquidity, hop->short_channel_id);
    if (record != NULL) {
        assert(record->pending_msat[hop->direction] >= hop->amount_msat);
        age(liquidity, record, now_s);
        record->pending_msat[hop->direction] -= hop->amount_msat;
    }
    return record;
}

void ln_liquidity_settled(struct ln_liquidity *liquidity, const struct ln_liquidity_hop *hops, uint32_t hop_count,
                          uint64_t now_s)
{
    for (uint32_t i = 0; i < hop_count; i++) {
        struct ln_liquidity_record *record = arrive(liquidity, &hops[i], now_s);
        if (record != NULL) {
            learn_moved(record, hops[i].direction, hops[i].amount_msat);
        }
    }
}

static void bar(const struct ln_liquidity *liquidity, struct ln_liquidity_record *record, unsigned direction,
                uint64_t now_s)
{
    record->barred_until_s[direction] = liquidity->half_life_s == 0 ? UINT64_MAX : now_s + liquidity->half_life_s;
}

void ln_liquidity_failed(struct ln_liquidity *liquidity, const struct ln_liquidity_hop *hops, uint32_t hop_count,
                         const struct ln_liquidity_failure *failure, uint64_t now_s)
{
    for (uint32_t i = 0; i < hop_count; i++) {
        const struct ln_liquidity_hop *hop = &hops[i];
        struct ln_liquidity_record *record = arrive(liquidity, hop, now_s);
        if (record == NULL || failure->hop == LN_LIQUIDITY_NO_HOP) {
            continue;
        }
        if (i < failure->hop) {
            learn_passed(record, hop->direction, hop->amount_msat);
        } else if (i == failure->hop && failure->blame == LN_BLAME_LIQUIDITY) {
            /* Others of ours may lie there: it could not do all of them. */
            learn_stopped(record, hop->direction, hop->amount_msat + record->pending_msat[hop->direction]);
        } else if (i == failure->hop) {
            bar(liquidity, record, hop->direction, now_s);
        }
    }
}
