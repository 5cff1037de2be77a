/* plug.c: the virtual outlet's inside.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/plug.h"

#include <assert.h>

#define LATENCY_LEAST_NS INT64_C(5000000)
#define LATENCY_MORE_US  15000

uint32_t plug_draw(struct plug *plug, uint32_t below)
{
    plug->random = plug->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(plug->random >> 33) % below;
}

void plug_init(struct plug *plug, const struct plug_config *config, const struct faults *faults,
               const struct plug_truth *truth, int64_t now_ns)
{
    assert(config->power_w >= 0 && config->resolution_uj > 0);
    *plug = (struct plug){.config = *config,
                          .truth = *truth,
                          .faults = *faults,
                          .random = config->seed,
                          .limit_w = INT64_MAX,
                          .moves_ns = PLUG_NEVER_NS,
                          .dies_ns = PLUG_NEVER_NS,
                          .flowed_ns = now_ns,
                          .offset_uj = config->counter_uj,
                          .shown_uj = config->counter_uj,
                          .shown_ns = now_ns,
                          .has_started = true};
    plug->faults.begun_ns = now_ns;
}

static int64_t load_w(const struct plug *plug)
{
    int64_t power_w = plug->config.power_w < plug->limit_w ? plug->config.power_w : plug->limit_w;
    return plug->is_closed && plug->energy_uj < plug->config.demand_uj ? power_w : 0;
}

/* W times ns is nJ: what is less than a uJ stays to be booked. */
static void flow(struct plug *plug, int64_t now_ns)
{
    int64_t for_us = (now_ns - plug->flowed_ns) / 1000;
    plug->energy_uj += load_w(plug) * for_us * (plug->config.rate > 0 ? plug->config.rate : 1);
    plug->flowed_ns += for_us * 1000;
}

static void move(struct plug *plug, int64_t now_ns, bool is_closed)
{
    flow(plug, now_ns);
    plug->has_changed = true;
    if (plug->is_closed == is_closed)
        return;
    plug->is_closed = is_closed;
    plug->truth.on_edge(plug->truth.self, now_ns, is_closed, plug->energy_uj);
}

void plug_set_lease(struct plug *plug, int64_t lease_ns)
{
    plug->lease_ns = lease_ns;
}

void plug_set_limit(struct plug *plug, int64_t limit_w, int64_t now_ns)
{
    flow(plug, now_ns);
    plug->limit_w = limit_w;
}

void plug_command(struct plug *plug, bool is_on, int64_t now_ns)
{
    if (plug->is_off || (is_on && faults_now(&plug->faults, FAULT_REFUSE, now_ns) != NULL))
        return;
    plug->is_wanted = is_on;
    plug->moves_ns = now_ns;
    if (!plug->config.is_quick)
        plug->moves_ns += LATENCY_LEAST_NS + (int64_t)plug_draw(plug, LATENCY_MORE_US) * 1000;
    bool has_timer = is_on && plug->lease_ns > 0 && faults_now(&plug->faults, FAULT_NO_LEASE, now_ns) == NULL;
    plug->dies_ns = has_timer ? now_ns + plug->lease_ns : PLUG_NEVER_NS;
}

/* What the relay can do of what is wanted. */
static void follow(struct plug *plug, int64_t now_ns)
{
    plug->moves_ns = PLUG_NEVER_NS;
    enum fault_kind hindrance = plug->is_wanted ? FAULT_DEAD_RELAY : FAULT_STUCK_RELAY;
    bool is_welded = !plug->is_wanted && faults_now(&plug->faults, FAULT_WELDED, now_ns) != NULL;
    bool is_hindered = is_welded || faults_now(&plug->faults, hindrance, now_ns) != NULL;
    move(plug, now_ns, is_hindered ? plug->is_closed : plug->is_wanted);
}

static void cut_power(struct plug *plug, int64_t now_ns)
{
    const struct fault *cut = faults_take(&plug->faults, FAULT_POWERCYCLE, now_ns);
    if (cut == NULL)
        return;
    move(plug, now_ns, false);
    plug->is_off = true;
    plug->is_wanted = false;
    plug->dies_ns = PLUG_NEVER_NS;
    plug->moves_ns = now_ns + cut->figure; /* power comes back */
}

static void start_again(struct plug *plug)
{
    plug->is_off = false;
    plug->moves_ns = PLUG_NEVER_NS;
    plug->has_started = plug->has_changed = true;
}

static void suffer(struct plug *plug, int64_t now_ns)
{
    cut_power(plug, now_ns);
    if (faults_take(&plug->faults, FAULT_RESET_COUNTER, now_ns) != NULL)
        plug->offset_uj = -plug->energy_uj;
    const struct fault *jump = faults_take(&plug->faults, FAULT_JUMP, now_ns);
    if (jump != NULL)
        plug->offset_uj += jump->figure;
    if (faults_take(&plug->faults, FAULT_FINGER, now_ns) != NULL)
        plug_command(plug, !plug->is_closed, now_ns);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t plug_run(struct plug *plug, int64_t now_ns)
{
    flow(plug, now_ns);
    suffer(plug, now_ns);
    if (now_ns >= plug->dies_ns) {
        plug->dies_ns = PLUG_NEVER_NS;
        plug->is_wanted = false;
        follow(plug, now_ns);
    }
    if (now_ns >= plug->moves_ns) {
        if (plug->is_off)
            start_again(plug);
        else
            follow(plug, now_ns);
    }
    return sooner(sooner(plug->moves_ns, plug->dies_ns), faults_next_ns(&plug->faults, now_ns));
}

/* The meter looks at itself now and then; some look no more. */
static void refresh(struct plug *plug, int64_t now_ns)
{
    flow(plug, now_ns);
    if (now_ns - plug->shown_ns < plug->config.refresh_ns)
        return;
    plug->shown_ns = now_ns;
    const struct fault *rollover = faults_now(&plug->faults, FAULT_ROLLOVER, now_ns);
    const struct fault *slip = faults_now(&plug->faults, FAULT_SLIP, now_ns);
    int64_t counter_uj = plug->energy_uj + plug->offset_uj + (slip == NULL ? 0 : slip->figure);
    if (rollover != NULL && rollover->figure > 0)
        counter_uj %= rollover->figure;
    if (faults_now(&plug->faults, FAULT_STUCK_COUNTER, now_ns) == NULL)
        plug->shown_uj = counter_uj / plug->config.resolution_uj * plug->config.resolution_uj;
    if (faults_now(&plug->faults, FAULT_STUCK_POWER, now_ns) == NULL)
        plug->shown_w = load_w(plug);
}

int64_t plug_counter_uj(struct plug *plug, int64_t now_ns)
{
    refresh(plug, now_ns);
    return plug->shown_uj;
}

int64_t plug_power_w(struct plug *plug, int64_t now_ns)
{
    refresh(plug, now_ns);
    return plug->shown_w;
}
