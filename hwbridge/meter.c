/* meter.c: energy from a counter that may lie.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/meter.h"

#include <assert.h>

const char *meter_verdict_name(enum meter_verdict verdict)
{
    static const char *const names[METER_VERDICTS] = {[METER_FIRST] = "first",
                                                      [METER_TAKEN] = "taken",
                                                      [METER_SAME] = "same",
                                                      [METER_ROLLED_OVER] = "rolled over",
                                                      [METER_RESET] = "reset",
                                                      [METER_JUMPED] = "jumped",
                                                      [METER_WENT_BACK] = "went back",
                                                      [METER_MOVED] = "moved",
                                                      [METER_OUT_OF_RANGE] = "out of range"};
    return names[verdict];
}

void meter_init(struct meter *meter, const struct meter_config *config)
{
    assert(config->power_w > 0 && config->resolution_uj > 0 && config->modulus_uj >= 0);
    *meter = (struct meter){.config = *config, .power_w = METER_NO_POWER};
}

static int64_t least(__int128 a, int64_t b)
{
    return a < b ? (int64_t)a : b;
}

/* What can be shown after that time, and after what had flowed and not been shown before. W times us is uJ. */
static int64_t possible_uj(const struct meter *meter, int64_t still_uj, int64_t for_us)
{
    __int128 flow_uj = (__int128)meter->config.power_w * for_us + still_uj;
    return least(flow_uj + flow_uj / 10 + 2 * (__int128)meter->config.resolution_uj, METER_COUNTER_MAX_UJ);
}

/* Adds what the power told last has moved until now. */
static void let_flow(struct meter *meter, int64_t now_us)
{
    if (meter->power_w > 0) {
        __int128 more_uj = (__int128)meter->power_w * (now_us - meter->power_us);
        meter->flowed_uj = least(meter->flowed_uj + more_uj, METER_COUNTER_MAX_UJ);
    }
    meter->power_us = now_us;
}

void meter_power(struct meter *meter, int64_t power_w, int64_t at_us)
{
    assert(power_w >= METER_NO_POWER);
    if (power_w == METER_NO_POWER)
        return;
    let_flow(meter, at_us);
    meter->power_w = power_w;
}

/* A reading counts: it is where the next one goes on. */
static void stand_at(struct meter *meter, int64_t counter_uj, int64_t at_us)
{
    if (!meter->has_counter || counter_uj != meter->counter_uj) {
        meter->moved_us = at_us;
        meter->flowed_uj = 0;
    }
    meter->counter_uj = counter_uj;
    meter->at_us = at_us;
    meter->still_uj = meter->flowed_uj;
    meter->has_counter = true;
    meter->has_odd = false;
}

static void count(struct meter *meter, int64_t energy_uj)
{
    meter->total_uj = least((__int128)meter->total_uj + energy_uj, INT64_MAX);
}

/* Counts a time of which the counter says nothing: what flowed by power until then, less what was counted since. */
static void bridge_gap(struct meter *meter, int64_t flowed_uj, int64_t counted_uj)
{
    int64_t energy_uj = flowed_uj > counted_uj ? flowed_uj - counted_uj : 0;
    meter->gap_uj += energy_uj;
    count(meter, energy_uj);
}

/* From the last one that counted, forwards or across the modulus. */
static enum meter_verdict judge_forward(struct meter *meter, int64_t counter_uj, int64_t at_us)
{
    int64_t most_uj = possible_uj(meter, meter->still_uj, at_us - meter->at_us);
    int64_t modulus_uj = meter->config.modulus_uj, more_uj = counter_uj - meter->counter_uj;
    if (more_uj >= 0 && more_uj <= most_uj) {
        count(meter, more_uj);
        return more_uj == 0 ? METER_SAME : METER_TAKEN;
    }
    bool is_across = more_uj < 0 && meter->counter_uj <= modulus_uj && more_uj + modulus_uj <= most_uj;
    if (is_across) {
        count(meter, more_uj + modulus_uj);
        return METER_ROLLED_OVER;
    }
    return counter_uj > meter->counter_uj ? METER_JUMPED : METER_WENT_BACK;
}

/* A little less than before, and that was shown only just now: the message is older than the one before it. */
static bool is_late(const struct meter *meter, int64_t counter_uj, int64_t at_us)
{
    return at_us - meter->moved_us < METER_LATE_US &&
           counter_uj + possible_uj(meter, 0, METER_LATE_US) >= meter->counter_uj;
}

/* What is left when it does not go on from the last one that counted. */
static enum meter_verdict judge_odd(struct meter *meter, enum meter_verdict verdict, int64_t counter_uj, int64_t at_us)
{
    int64_t more_uj = counter_uj - meter->odd_uj;
    if (verdict == METER_WENT_BACK && is_late(meter, counter_uj, at_us))
        return verdict;
    if (meter->has_odd && more_uj >= 0 && more_uj <= possible_uj(meter, 0, at_us - meter->odd_at_us)) {
        bridge_gap(meter, meter->odd_flowed_uj, 0);
        count(meter, more_uj);
        return METER_MOVED;
    }
    int64_t most_uj = possible_uj(meter, meter->still_uj, at_us - meter->at_us);
    if (verdict == METER_WENT_BACK && counter_uj <= most_uj) {
        bridge_gap(meter, least(meter->flowed_uj, most_uj), counter_uj);
        count(meter, counter_uj);
        return METER_RESET;
    }
    meter->has_odd = true;
    meter->odd_uj = counter_uj;
    meter->odd_at_us = at_us;
    meter->odd_flowed_uj = meter->flowed_uj;
    return verdict;
}

static enum meter_verdict judge(struct meter *meter, int64_t counter_uj, int64_t at_us)
{
    if (counter_uj < 0 || counter_uj > METER_COUNTER_MAX_UJ)
        return METER_OUT_OF_RANGE;
    if (!meter->has_counter)
        return METER_FIRST;
    enum meter_verdict verdict = judge_forward(meter, counter_uj, at_us);
    bool is_odd = verdict == METER_JUMPED || verdict == METER_WENT_BACK;
    return is_odd ? judge_odd(meter, verdict, counter_uj, at_us) : verdict;
}

enum meter_verdict meter_read(struct meter *meter, int64_t counter_uj, int64_t at_us)
{
    assert(!meter->has_counter || at_us >= meter->at_us);
    let_flow(meter, at_us);
    enum meter_verdict verdict = judge(meter, counter_uj, at_us);
    meter->count[verdict]++;
    if (verdict != METER_JUMPED && verdict != METER_WENT_BACK && verdict != METER_OUT_OF_RANGE)
        stand_at(meter, counter_uj, at_us);
    return verdict;
}

bool meter_is_frozen(const struct meter *meter, int64_t now_us)
{
    if (!meter->has_counter || meter->power_w <= 0)
        return false;
    __int128 flow_uj = (__int128)meter->flowed_uj + (__int128)meter->power_w * (now_us - meter->power_us);
    bool is_looked_at = meter->looked_us > meter->moved_us;
    int64_t since_us = is_looked_at ? meter->looked_us : meter->moved_us;
    flow_uj -= is_looked_at ? meter->looked_uj : 0;
    bool is_still = meter->at_us > since_us && now_us - since_us >= meter->config.still_us;
    return is_still && flow_uj >= 3 * (__int128)meter->config.resolution_uj;
}

void meter_look_at(struct meter *meter, int64_t now_us)
{
    meter->looked_us = now_us;
    meter->looked_uj = meter->flowed_uj;
}

int64_t meter_unknown_uj(const struct meter *meter, int64_t now_us)
{
    return meter->has_counter ? possible_uj(meter, meter->still_uj, now_us - meter->at_us) : 0;
}
