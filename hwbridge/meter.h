/* meter.h: how much energy really flowed, from a device's counter that may lie.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   counter  ──►  FIRST, TAKEN, SAME    what the counter says is counted
 *                 ROLLED_OVER           it began anew at its modulus: counted exactly
 *                 RESET                 it began anew at 0: counted from 0; what came before it is a gap
 *                 JUMPED, WENT_BACK     impossible: not counted, kept in mind
 *                   ├─ next reading goes on from the one before ──► that one was a slip of the device
 *                   └─ next reading goes on from the odd one ─────► MOVED: the counter stands elsewhere now; a gap
 *
 * A little less, just behind more, is a late message and means nothing.
 *
 * Nothing is counted that the outlet could not have delivered: rated power since the last reading, the power that was
 * told while readings stood still, a tenth more for tolerance, and two steps of the counter. Over a gap the counter
 * says nothing: energy is reckoned from the power that the device tells, never more than could have flowed, and summed
 * apart, so that a report can say how much of the total was not measured.
 *
 * Time is when a reading was received, never the device's clock. The total never decreases.
 * Source: faults as owners of such devices report them: counters kept, zeroed and moved by power cycles, readings off
 * by 20 kWh, power readings that stand still.
 */
#ifndef KONSENTO_HWBRIDGE_METER_H
#define KONSENTO_HWBRIDGE_METER_H

#include <stdbool.h>
#include <stdint.h>

#define METER_COUNTER_MAX_UJ INT64_C(3600000000000000000) /* 1 GWh */
#define METER_NO_POWER       (-1)
#define METER_LATE_US        INT64_C(5000000) /* a message may come so late, behind newer ones */

struct meter_config {
    int64_t power_w;       /* the most that can flow, > 0 */
    int64_t resolution_uj; /* one step of the counter, > 0 */
    int64_t modulus_uj;    /* where the counter begins anew; 0: it does not, or nobody knows */
    int64_t still_us;      /* so long it may stand still whatever flows: readings may be late all at once */
};

enum meter_verdict {
    METER_FIRST,       /* a beginning: nothing to count yet */
    METER_TAKEN,       /* more than before */
    METER_SAME,        /* as before */
    METER_ROLLED_OVER, /* counted across the modulus */
    METER_RESET,       /* counted from 0 */
    METER_JUMPED,      /* more than can have flowed: not counted */
    METER_WENT_BACK,   /* less than before, and no reset: not counted */
    METER_MOVED,       /* goes on from an odd reading */
    METER_OUT_OF_RANGE /* less than 0 or above METER_COUNTER_MAX_UJ: nothing is counted, nothing is kept */
};
#define METER_VERDICTS 9
const char *meter_verdict_name(enum meter_verdict verdict);

struct meter {
    struct meter_config config;
    bool has_counter, has_odd;
    int64_t counter_uj, at_us;    /* last reading that was counted */
    int64_t odd_uj, odd_at_us;    /* the one that was not */
    int64_t odd_flowed_uj;        /* flowed_uj when it came */
    int64_t moved_us;             /* since when the counter has shown what it shows */
    int64_t power_w, power_us;    /* last told, METER_NO_POWER: never; and when */
    int64_t flowed_uj;            /* by power since the counter moved */
    int64_t looked_us, looked_uj; /* when a person last looked at it; what had flowed so by then */
    int64_t still_uj;             /* part of it that flowed before at_us: the counter may show it late */
    int64_t total_uj, gap_uj;     /* all; the part of it that was reckoned from power */
    uint64_t count[METER_VERDICTS];
};

void meter_init(struct meter *meter, const struct meter_config *config);
/* The device tells its power, >= 0, or METER_NO_POWER: it says nothing about it. Before meter_read of the same message.
 */
void meter_power(struct meter *meter, int64_t power_w, int64_t at_us);
/* The device tells its counter. at_us never decreases (asserted). */
enum meter_verdict meter_read(struct meter *meter, int64_t counter_uj, int64_t at_us);
/* Whether the counter stands still, for longer than still_us, though the power that is told would have moved it by
 * three steps. */
bool meter_is_frozen(const struct meter *meter, int64_t now_us);
/* A person has looked at it: how long it has stood still counts from now on. */
void meter_look_at(struct meter *meter, int64_t now_us);
/* What can have flowed at most since the last counted reading: what is not known yet. */
int64_t meter_unknown_uj(const struct meter *meter, int64_t now_us);

#endif
