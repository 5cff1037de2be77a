/* outcome_rail.c: the difference between two looks at a rail, as metrics.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/outcome_rail.h"

#include "models/calendar.h"
#include "protocol/bitcoin/tx.h"

#include <math.h>

void outcome_rail_look(struct outcome_rail *look, const struct rail *rail, const struct chain *chain)
{
    *look = (struct outcome_rail){.has_chain = chain != NULL};
    rail_report_init(&look->report);
    if (rail->ops->report != NULL)
        rail->ops->report(rail->self, &look->report);
    if (chain != NULL)
        chain_tally(&look->tally, chain);
}

static void channel_metrics(double metrics[METRIC_COUNT], const struct rail_report *begin,
                            const struct rail_report *end, const struct money *money)
{
    if (!end->has_channels)
        return;
    metrics[METRIC_CHANNEL_OPENED] = (double)end->channels_opened;
    metrics[METRIC_CHANNEL_CLOSED_TOGETHER] = (double)end->closed_together;
    metrics[METRIC_CHANNEL_CLOSED_BY_FORCE] = (double)end->closed_by_force;
    metrics[METRIC_CHANNEL_CLOSED_BY_PENALTY] = (double)end->closed_by_penalty;
    metrics[METRIC_CHANNEL_CAPITAL] = (end->channels_msat_us - begin->channels_msat_us) / 1e3 / (double)DAY_US;
    metrics[METRIC_CHANNEL_PENALTY_INCOME] = money_yen(money, (double)(end->penalty_msat - begin->penalty_msat));
    metrics[METRIC_CHANNEL_STOLEN] = money_yen(money, (double)(end->stolen_msat - begin->stolen_msat));
}

/* What payments hold on a rail with channels stands in these. */
static void capital_metrics(double metrics[METRIC_COUNT], bool has_channels)
{
    double locked_sat_d = metrics[has_channels ? METRIC_CHANNEL_CAPITAL : METRIC_CAPITAL_IN_PAYMENTS];
    double sessions = metrics[METRIC_SESSION_COUNT];
    metrics[METRIC_CAPITAL_LOCKED] = locked_sat_d;
    metrics[METRIC_CAPITAL_LOCKED_PER_SESSION] = sessions > 0 ? locked_sat_d / sessions : NAN;
}

static void chain_metrics(double metrics[METRIC_COUNT], const struct outcome_rail *begin,
                          const struct outcome_rail *end)
{
    if (!end->has_chain)
        return;
    double blocks = (double)(end->tally.blocks - begin->tally.blocks);
    double stale = (double)end->tally.stale - (double)begin->tally.stale;
    metrics[METRIC_CHAIN_BLOCKS] = blocks;
    /* A branch that was losing at the first look may have won since. */
    metrics[METRIC_CHAIN_STALE_SHARE] = blocks > 0 ? 100 * fmax(0, stale) / blocks : NAN;
    metrics[METRIC_CHAIN_REORGS] = (double)(end->tally.reorgs - begin->tally.reorgs);
    metrics[METRIC_CHAIN_REORG_DEEPEST] = (double)end->tally.deepest;
}

/* So many per second use up what there is; NaN if none of it was used. */
static double units_per_s(double per_s, double used, double count)
{
    return per_s > 0 && used > 0 && count > 0 ? per_s / (used / count) : NAN;
}

/* What a rail used for so many sessions, or payments. */
struct outcome_load {
    const struct rail_report *begin, *end;
    double count;
};

/* The least of what block space and the rail's own resources allow, of sessions or payments; of: where each goes, NULL:
 * nowhere. Of a NaN and a number fmin takes the number. */
static double capacity(double metrics[METRIC_COUNT], const struct outcome_load *load, double block_per_s,
                       const enum metric *of)
{
    double least = block_per_s;
    for (int i = 0; i < RAIL_RESOURCE_COUNT; i++) {
        double used = load->end->uses[i].used - load->begin->uses[i].used;
        double per_s = units_per_s(load->end->uses[i].per_s, used, load->count);
        if (of != NULL)
            metrics[of[i]] = per_s;
        least = fmin(least, per_s);
    }
    return least;
}

static void capacity_metrics(double metrics[METRIC_COUNT], const struct rail_report *begin,
                             const struct rail_report *end, int64_t block_target_us)
{
    static const enum metric of[RAIL_RESOURCE_COUNT] = {
        [RAIL_RESOURCE_PROVIDER] = METRIC_CAPACITY_PROVIDER, [RAIL_RESOURCE_HUB] = METRIC_CAPACITY_HUB};
    const struct outcome_load sessions = {begin, end, metrics[METRIC_SESSION_COUNT]};
    const struct outcome_load payments = {begin, end, metrics[METRIC_PAYMENT_COUNT]};
    double block_wu_per_s = (double)BTC_MAX_BLOCK_WEIGHT_WU / ((double)block_target_us / 1e6);
    double session_wu = 4 * metrics[METRIC_CHAIN_WEIGHT_PER_SESSION];
    double payment_wu = 4 * metrics[METRIC_CHAIN_WEIGHT_PER_PAYMENT];
    metrics[METRIC_CAPACITY_BLOCK_SPACE] = units_per_s(block_wu_per_s, session_wu, 1);
    metrics[METRIC_CAPACITY_SESSIONS] = capacity(metrics, &sessions, metrics[METRIC_CAPACITY_BLOCK_SPACE], of);
    metrics[METRIC_CAPACITY_PAYMENTS] = capacity(metrics, &payments, units_per_s(block_wu_per_s, payment_wu, 1), NULL);
}

void outcome_rail_metrics(double metrics[METRIC_COUNT], const struct outcome_rail *begin,
                          const struct outcome_rail *end, const struct money *money, int64_t block_target_us)
{
    const struct rail_report *report = &end->report;
    metrics[METRIC_TRUST_PARTIES] = report->parties_trusted;
    metrics[METRIC_PAIRS_ABLE_SHARE] = 100 * report->pairs_able_share;
    metrics[METRIC_PAIRS_OPEN_SHARE] = 100 * report->pairs_open_share;
    metrics[METRIC_LIQUIDITY] = report->liquidity_msat / 1e3;
    metrics[METRIC_LIQUIDITY_PER_SESSION] =
        metrics[METRIC_SESSION_COUNT] > 0 ? metrics[METRIC_LIQUIDITY] / metrics[METRIC_SESSION_COUNT] : NAN;
    channel_metrics(metrics, &begin->report, report, money);
    capital_metrics(metrics, report->has_channels);
    chain_metrics(metrics, begin, end);
    capacity_metrics(metrics, &begin->report, report, block_target_us);
}
