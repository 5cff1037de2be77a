/* aggregator.c: slot after slot: meters, baseline, request, cap.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/market/aggregator.h"

#include "models/calendar.h"
#include "models/least.h"

#include <assert.h>
#include <math.h>

#define UJ_PER_KWH 3.6e12

bool aggregator_config_is_on(const struct aggregator_config *config)
{
    return config->dispatch.kind == DISPATCH_CALLBACK || config->dispatch.request_count > 0;
}

static int64_t now_us(const struct aggregator *aggregator)
{
    return sim_now_us(aggregator->options.trouble->sim);
}

static uint32_t slot_at(const struct aggregator *aggregator, int64_t time_us)
{
    int64_t of_day_us = calendar_time_of_day_us(aggregator->options.start_unix_s, time_us);
    return (uint32_t)(of_day_us / aggregator->options.config->slot_us);
}

/* ---- a slot that is over ----------------------------------------------------------------------------------------- */

static void count_request(struct aggregator *aggregator, int64_t load_uj)
{
    struct aggregator_sums *sums = &aggregator->sums;
    int64_t requested_uj = aggregator->request_w * aggregator->options.config->slot_us;
    int64_t delivered_uj = min64(requested_uj, max64(0, aggregator->base_uj - load_uj));
    double share = (double)delivered_uj / (double)requested_uj;
    sums->requested_uj += requested_uj;
    sums->delivered_uj += delivered_uj;
    sums->fed_uj += aggregator->fed_w * aggregator->options.config->slot_us;
    if (!(sums->worst_share <= share))
        sums->worst_share = share;
}

static void close_slot(struct aggregator *aggregator)
{
    const struct aggregator_site *site = &aggregator->options.site;
    int64_t slot_us = aggregator->options.config->slot_us;
    __int128 net_uj = site->net_uj(site->self), charged_uj = site->charged_uj(site->self);
    __int128 fed_uj = site->fed_uj(site->self);
    int64_t load_uj = (int64_t)(net_uj - aggregator->net_uj);
    int64_t charging_uj = (int64_t)(charged_uj - aggregator->charged_uj);
    int64_t other_uj = load_uj - charging_uj + (int64_t)(fed_uj - aggregator->fed_uj);
    aggregator->net_uj = net_uj;
    aggregator->charged_uj = charged_uj;
    aggregator->fed_uj = fed_uj;
    if (aggregator->begun_us < 0)
        return;
    aggregator->load_w = load_uj / slot_us;
    aggregator->charging_w = charging_uj / slot_us;
    aggregator->other_w = other_uj / slot_us;
    baseline_add(&aggregator->baseline, slot_at(aggregator, aggregator->begun_us), load_uj);
    if (aggregator->begun_us < aggregator->warm_us || !aggregator->has_base)
        return;
    if (aggregator->request_w > 0)
        count_request(aggregator, load_uj);
    else if (aggregator->begun_us < aggregator->rebound_until_us)
        aggregator->sums.rebound_uj += max64(0, load_uj - aggregator->base_uj);
}

/* ---- a slot that begins ------------------------------------------------------------------------------------------ */

/* The slot of today that lies back_us before this one, none before midnight. */
static uint32_t slot_before(const struct aggregator *aggregator, uint32_t slot, int64_t back_us)
{
    int64_t back = back_us / aggregator->options.config->slot_us;
    return back >= slot ? 0 : slot - (uint32_t)back;
}

/* The adjustment belongs to a request and what comes after it; otherwise it is made anew from the slots before. */
static void reckon_base(struct aggregator *aggregator, bool goes_on)
{
    const struct aggregator_config *config = aggregator->options.config;
    uint32_t slot = slot_at(aggregator, now_us(aggregator));
    if (!goes_on)
        aggregator->adjustment_uj =
            baseline_adjustment_uj(&aggregator->baseline, slot_before(aggregator, slot, config->adjust_from_us),
                                   slot_before(aggregator, slot, config->adjust_until_us));
    aggregator->has_base = baseline_slot_uj(&aggregator->baseline, &aggregator->base_uj, slot);
    aggregator->base_uj = aggregator->has_base ? aggregator->base_uj + aggregator->adjustment_uj : 0;
}

static int64_t listed_w(const struct aggregator *aggregator)
{
    const struct dispatch_config *dispatch = &aggregator->options.config->dispatch;
    int64_t request_w = 0;
    for (size_t i = 0; i < dispatch->request_count; i++) {
        const struct request_config *request = &dispatch->requests[i];
        int64_t since_us = now_us(aggregator) - request->at_us;
        if (since_us >= 0 && since_us < request->duration_us)
            request_w += request->reduce_w;
    }
    return request_w;
}

static int64_t asked_w(struct aggregator *aggregator)
{
    const struct aggregator_options *options = &aggregator->options;
    const struct aggregator_site *site = &options->site;
    char why[400];
    int64_t request_w = 0;
    struct dispatch_state state = {.load_w = aggregator->load_w,
                                   .charging_w = aggregator->charging_w,
                                   .has_baseline = aggregator->has_base,
                                   .baseline_w = aggregator->base_uj / options->config->slot_us,
                                   .feed_w = site->feed(site->self, INT64_MAX, 0)};
    calendar_civil(&state.t, options->start_unix_s, now_us(aggregator));
    if (!options->callbacks->dispatch(options->callbacks->self, &request_w, &state, why, sizeof why))
        trouble_fail(options->trouble, why);
    return request_w;
}

/* What homes and roof leave of the target is for charging; what they are above it, cars give. */
static void steer(struct aggregator *aggregator)
{
    const struct aggregator_site *site = &aggregator->options.site;
    int64_t slot_us = aggregator->options.config->slot_us;
    bool is_asked = aggregator->request_w > 0 && aggregator->has_base;
    aggregator->fed_w = 0;
    if (!is_asked && aggregator->is_capped)
        site->cap(site->self, INT64_MAX);
    aggregator->is_capped = is_asked;
    if (!is_asked)
        return;
    int64_t room_w = aggregator->base_uj / slot_us - aggregator->request_w - aggregator->other_w;
    site->cap(site->self, max64(0, room_w));
    if (room_w < 0)
        aggregator->fed_w = site->feed(site->self, -room_w, slot_us);
}

static void open_slot(struct aggregator *aggregator)
{
    const struct aggregator_options *options = &aggregator->options;
    bool was_asked = aggregator->request_w > 0;
    aggregator->begun_us = now_us(aggregator);
    if (slot_at(aggregator, aggregator->begun_us) == 0)
        baseline_begin_day(&aggregator->baseline, calendar_is_weekend(options->start_unix_s, aggregator->begun_us));
    reckon_base(aggregator, was_asked || aggregator->begun_us < aggregator->rebound_until_us);
    aggregator->request_w =
        options->config->dispatch.kind == DISPATCH_CALLBACK ? asked_w(aggregator) : listed_w(aggregator);
    sim_trace(options->trouble->sim, (uint64_t)aggregator->request_w);
    if (aggregator->request_w > 0) {
        baseline_request(&aggregator->baseline);
        aggregator->rebound_until_us = aggregator->begun_us + options->config->slot_us + options->config->rebound_us;
        aggregator->sums.unknown_count += !aggregator->has_base && aggregator->begun_us >= aggregator->warm_us;
    }
    steer(aggregator);
}

static void handle_slot(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct aggregator *aggregator = object;
    int64_t next_us = sim_now_us(sim) + aggregator->options.config->slot_us;
    close_slot(aggregator);
    open_slot(aggregator);
    if (next_us <= aggregator->options.until_us)
        sim_schedule(sim, next_us, SIM_TIMER,
                     &(struct sim_action){.kind = aggregator->slot_kind, .object = aggregator});
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

bool aggregator_init(struct aggregator *aggregator, const struct aggregator_options *options)
{
    const struct aggregator_config *config = options->config;
    struct sim *sim = options->trouble->sim;
    assert(config->slot_us > 0 && DAY_US % config->slot_us == 0);
    *aggregator = (struct aggregator){.options = *options, .begun_us = -1, .sums = {.worst_share = NAN}};
    aggregator->slot_kind = sim_kind_add(sim, "aggregator.slot", handle_slot);
    if (!baseline_init(&aggregator->baseline, (uint32_t)(DAY_US / config->slot_us), config->baseline_days,
                       config->baseline_highest))
        return false;
    baseline_begin_day(&aggregator->baseline, calendar_is_weekend(options->start_unix_s, 0));
    int64_t into_us = calendar_time_of_day_us(options->start_unix_s, 0) % config->slot_us;
    int64_t first_us = into_us == 0 ? 0 : config->slot_us - into_us;
    if (first_us <= options->until_us)
        sim_schedule(sim, first_us, SIM_TIMER,
                     &(struct sim_action){.kind = aggregator->slot_kind, .object = aggregator});
    return true;
}

void aggregator_close(struct aggregator *aggregator)
{
    baseline_close(&aggregator->baseline);
}

void aggregator_restart(struct aggregator *aggregator, int64_t at_us)
{
    aggregator->warm_us = at_us;
    aggregator->sums = (struct aggregator_sums){.worst_share = NAN};
}

void aggregator_metrics(const struct aggregator *aggregator, double metrics[METRIC_COUNT])
{
    const struct aggregator_sums *sums = &aggregator->sums;
    double requested = (double)sums->requested_uj / UJ_PER_KWH, delivered = (double)sums->delivered_uj / UJ_PER_KWH;
    metrics[METRIC_DISPATCH_REQUESTED] = requested;
    metrics[METRIC_DISPATCH_DELIVERED] = delivered;
    metrics[METRIC_DISPATCH_DELIVERED_SHARE] = requested > 0 ? 100 * delivered / requested : NAN;
    metrics[METRIC_DISPATCH_WORST_SLOT] = 100 * sums->worst_share;
    metrics[METRIC_DISPATCH_REBOUND] = (double)sums->rebound_uj / UJ_PER_KWH;
    metrics[METRIC_DISPATCH_FED] = (double)sums->fed_uj / UJ_PER_KWH;
    metrics[METRIC_DISPATCH_REWARD] = delivered * (double)aggregator->options.config->reward_uyen_per_kwh / 1e6;
    metrics[METRIC_DISPATCH_UNKNOWN] = (double)sums->unknown_count;
}
