/* market_metrics.c: what a market has brought, in the units of reports.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/market/market.h"

#include <math.h>

#define UJ_PER_KWH 3.6e12

static double kwh(__int128 energy_uj)
{
    return (double)energy_uj / UJ_PER_KWH;
}

/* NaN where nothing is divided by nothing. */
static double ratio(double part, double whole)
{
    return whole == 0 ? NAN : part / whole;
}

static double yen_of_parts(const struct money *money, __int128 parts)
{
    return money_yen(money, (double)parts / (double)money->parts_per_msat);
}

void market_metrics(struct market *market, double metrics[METRIC_COUNT])
{
    const struct market_sums *sums = &market->sums;
    const struct money *money = &market->options.sessions->money;
    double value_yen = yen_of_parts(money, sums->value_parts), fee_yen = money_yen(money, (double)sums->fee_msat);
    double answered = (double)(sums->credited + sums->failed);
    metrics[METRIC_MARKET_TRADES] = (double)sums->trades;
    metrics[METRIC_MARKET_VOLUME] = kwh(sums->traded_uj);
    metrics[METRIC_MARKET_DELIVERED_SHARE] = 100 * ratio((double)sums->traded_uj, (double)sums->contracted_uj);
    metrics[METRIC_MARKET_PRICE_MEAN] = ratio(value_yen, kwh(sums->traded_uj));
    metrics[METRIC_MARKET_OWN_USE] = kwh(sums->own_uj);
    metrics[METRIC_MARKET_FALLBACK] = kwh(sums->lost_uj);
    double saved_yen = yen_of_parts(money, sums->saved_parts - sums->lost_parts);
    metrics[METRIC_MARKET_SAVINGS] = saved_yen;
    metrics[METRIC_MARKET_SAVINGS_NET] = saved_yen - fee_yen;
    metrics[METRIC_SETTLEMENT_COUNT] = answered;
    metrics[METRIC_SETTLEMENT_PAID] = money_yen(money, (double)sums->paid_msat);
    metrics[METRIC_SETTLEMENT_FAILED_SHARE] = 100 * ratio((double)sums->failed, answered);
    metrics[METRIC_SETTLEMENT_REVERSED_SHARE] = 100 * ratio((double)sums->reversed, (double)sums->credited);
    metrics[METRIC_SETTLEMENT_UNDONE] = money_yen(money, (double)sums->undone_msat);
    metrics[METRIC_SETTLEMENT_FEE] = fee_yen;
    metrics[METRIC_SETTLEMENT_FEE_SHARE] = 100 * ratio(fee_yen, money_yen(money, (double)sums->paid_msat));
    metrics[METRIC_SETTLEMENT_TIME_P50] = sample_quantile(&market->payment_s, 0.5);
    metrics[METRIC_SETTLEMENT_TIME_P95] = sample_quantile(&market->payment_s, 0.95);
}
