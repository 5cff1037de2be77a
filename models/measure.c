/* measure.c: sums, samples and rows of sessions and payments.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/measure.h"

#include "models/calendar.h"

#include <assert.h>
#include <math.h>

#define UJ_PER_KWH 3.6e12

void measure_init(struct measure *measure, struct trouble *trouble, const struct world_config *config,
                  const struct rail_config *rail, const struct world_events *events)
{
    *measure = (struct measure){.trouble = trouble,
                                .events = events,
                                .rail = rail,
                                .warmup_us = config->warmup_us,
                                .efficiency_ppm = config->fleet.car.efficiency_ppm};
    moments_init(&measure->duration_h);
    sample_init(&measure->wait_s);
    sample_init(&measure->power_s);
    sample_init(&measure->finality_s);
    sample_init(&measure->confirmation_s);
    level_init(&measure->exposure_msat, 0, 0);
    level_init(&measure->balance_msat, 0, 0);
}

void measure_close(struct measure *measure)
{
    sample_free(&measure->wait_s);
    sample_free(&measure->power_s);
    sample_free(&measure->finality_s);
    sample_free(&measure->confirmation_s);
}

void measure_restart(struct measure *measure, int64_t now_us)
{
    level_restart(&measure->exposure_msat, now_us);
    level_restart(&measure->balance_msat, now_us);
    measure->since_us = now_us;
}

static void add_us(struct measure *measure, struct sample *sample, int64_t duration_us)
{
    if (!sample_add(sample, (double)duration_us / 1e6))
        trouble_memory(measure->trouble);
}

/* ---- sessions -------------------------------------------------------------------------------------------------- */

static void write_session(const struct measure *measure, const struct sessions *sessions, const struct session *session)
{
    if (measure->events == NULL)
        return;
    const int64_t values[] = {
        (int64_t)session->key,
        session->car,
        session->plugged_us == SESSION_NEVER_US ? -1 : (int64_t)session->stay.outlet,
        session->arrival_us,
        session->plugged_us,
        session->powered_us,
        session->departure_us,
        session_demand_uj(session),
        session->battery.taken_uj,
        session->metered_uj,
        session->paid_msat,
        session->refunded_msat,
        session->reversed_msat,
        session_cost_msat(sessions, session),
        session->fee_msat,
        session->credited_count,
        session->failed_count,
        session->end,
        session->weight_wu,
        session->reversed_cause,
        session->attack,
    };
    assert(sizeof values / sizeof values[0] == event_tables[EVENT_TABLE_SESSION].column_count);
    measure->events->row(measure->events->self, EVENT_TABLE_SESSION, values);
}

static void count_money(struct measure *measure, const struct sessions *sessions, const struct session *session)
{
    int64_t cost_msat = session_cost_msat(sessions, session);
    int64_t kept_msat = session_kept_msat(session);
    measure->fee_msat += session->fee_msat;
    measure->cost_msat += cost_msat;
    measure->metered_uj += session->metered_uj;
    measure->kept_msat += kept_msat;
    measure->session_payment_count += session->credited_count;
    measure->weight_wu += session->weight_wu;
    if (cost_msat <= kept_msat)
        return;
    int64_t loss_msat = cost_msat - kept_msat;
    measure->loss_msat += loss_msat;
    measure->loss_by_cause_msat[session->reversed_cause] += loss_msat;
    if (loss_msat > measure->largest_loss_msat)
        measure->largest_loss_msat = loss_msat;
    measure->unpaid_uj += (__int128)session->metered_uj * loss_msat / cost_msat;
}

static void count_attack(struct measure *measure, const struct session *session)
{
    bool is_won = session->reversed_msat > 0 && session->reversed_cause == session->attack;
    measure->attack_count[session->attack]++;
    measure->won_count[session->attack] += is_won;
}

/* What was not served, by what was missing first. */
static void count_unserved(struct measure *measure, const struct session *session)
{
    int64_t unserved_uj = session_demand_uj(session) - session->battery.taken_uj;
    if (session->plugged_us == SESSION_NEVER_US)
        measure->unserved_outlet_uj += unserved_uj;
    else if (session->end == SESSION_END_UNPOWERED || session->powered_us == SESSION_NEVER_US ||
             session->is_interrupted)
        measure->unserved_payment_uj += unserved_uj;
}

static void count_energy(struct measure *measure, const struct session *session)
{
    int64_t taken_uj = session->battery.taken_uj;
    count_unserved(measure, session);
    int64_t demand_uj = session_demand_uj(session);
    measure->demanded_uj += demand_uj;
    measure->delivered_uj += taken_uj;
    measure->loss_uj += taken_uj - (__int128)taken_uj * measure->efficiency_ppm / 1000000;
    measure->met_count += demand_uj - taken_uj <= MEASURE_MET_UJ;
}

void measure_session(struct measure *measure, const struct sessions *sessions, const struct session *session)
{
    write_session(measure, sessions, session);
    if (session->arrival_us < measure->warmup_us)
        return;
    if (!session->has_left) {
        measure->unfinished_count++;
        return;
    }
    bool is_plugged = session->plugged_us != SESSION_NEVER_US;
    measure->session_count++;
    measure->unplugged_count += session->end == SESSION_END_UNPLUGGED;
    measure->unpowered_count += session->end == SESSION_END_UNPOWERED;
    measure->interrupted_count += session->is_interrupted;
    measure->never_powered_count += is_plugged && session->demand_uj > 0 && session->powered_us == SESSION_NEVER_US;
    moments_add(&measure->duration_h, (double)(session->departure_us - session->arrival_us) / (double)HOUR_US);
    add_us(measure, &measure->wait_s, (is_plugged ? session->plugged_us : session->departure_us) - session->arrival_us);
    if (session->powered_us != SESSION_NEVER_US)
        add_us(measure, &measure->power_s, session->powered_us - session->plugged_us);
    count_energy(measure, session);
    count_money(measure, sessions, session);
    count_attack(measure, session);
}

/* ---- payments -------------------------------------------------------------------------------------------------- */

static bool is_of_payment(enum rail_event_kind kind)
{
    return kind == RAIL_CREDITED || kind == RAIL_FINAL || kind == RAIL_REVERSED || kind == RAIL_FAILED ||
           kind == RAIL_CONFIRMED;
}

static void write_event(const struct measure *measure, const struct session *session, const struct rail_event *event)
{
    if (measure->events == NULL || event->kind == RAIL_CLOSED)
        return;
    const int64_t values[] = {
        session == NULL ? -1 : (int64_t)session->key,
        is_of_payment(event->kind) ? (int64_t)event->payment : -1,
        sim_now_us(measure->trouble->sim),
        event->asked_us,
        event->kind,
        event->cause,
        event->amount_msat,
        event->fee_payer_msat + event->fee_payee_msat,
        event->weight_wu,
    };
    assert(sizeof values / sizeof values[0] == event_tables[EVENT_TABLE_PAYMENT].column_count);
    measure->events->row(measure->events->self, EVENT_TABLE_PAYMENT, values);
}

static void count_end(struct measure *measure, const struct rail_event *event)
{
    measure->reversed_count += event->kind == RAIL_REVERSED;
    measure->failed_count[event->cause] += event->kind == RAIL_FAILED;
    measure->expired_count += event->cause == RAIL_CAUSE_EXPIRED;
}

/* The session was whole when it was counted: the loss comes on top. */
static void count_undone(struct measure *measure, const struct rail_event *event)
{
    measure->undone_count++;
    measure->undone_msat += event->amount_msat;
    measure->loss_msat += event->amount_msat;
    measure->kept_msat -= event->amount_msat;
    measure->fee_msat += event->fee_payer_msat + event->fee_payee_msat;
    measure->weight_wu += event->weight_wu;
    measure->loss_by_cause_msat[event->cause] += event->amount_msat;
    if (event->amount_msat > measure->largest_loss_msat)
        measure->largest_loss_msat = event->amount_msat;
}

/* What channels cost serves all sessions behind it: it counts whenever it comes, in the warm-up too. */
static bool is_investment(const struct rail_event *event)
{
    return event->kind == RAIL_UPKEEP && event->upkeep != RAIL_UPKEEP_WALLET;
}

void measure_closings(struct measure *measure, int64_t fee_msat, int64_t weight_wu)
{
    measure->upkeep_msat += fee_msat;
    measure->close_due_msat += fee_msat;
    measure->weight_wu += weight_wu;
    measure->event_weight_wu += weight_wu;
}

void measure_event(struct measure *measure, const struct session *session, const struct rail_event *event,
                   const struct measure_held *held)
{
    int64_t now_us = sim_now_us(measure->trouble->sim);
    write_event(measure, session, event);
    level_set(&measure->exposure_msat, now_us, held->exposure_msat);
    level_set(&measure->balance_msat, now_us, held->balance_msat);
    if (event->asked_us < measure->warmup_us && !is_investment(event))
        return;
    measure->event_weight_wu += event->weight_wu;
    switch (event->kind) {
    case RAIL_CREDITED:
        measure->credited_count++;
        break;
    case RAIL_FAILED:
    case RAIL_REVERSED:
        count_end(measure, event);
        break;
    case RAIL_FINAL:
        add_us(measure, &measure->finality_s, now_us - event->asked_us);
        break;
    case RAIL_LIMIT:
        measure->conflict_count += event->cause != RAIL_CAUSE_NONE;
        break;
    case RAIL_CONFIRMED:
        add_us(measure, &measure->confirmation_s, now_us - event->asked_us);
        break;
    case RAIL_UPKEEP:
        measure->upkeep_msat += event->fee_payer_msat + event->fee_payee_msat;
        measure->upkeep_by_kind_msat[event->upkeep] += event->fee_payer_msat + event->fee_payee_msat;
        measure->weight_wu += event->weight_wu;
        break;
    case RAIL_SHAKEN:
        measure->shaken_count++;
        break;
    case RAIL_UNDONE:
        if (event->payee == RAIL_OPERATOR)
            count_undone(measure, event);
        break;
    case RAIL_REFUNDED:
    case RAIL_CLOSED:
    case RAIL_ATTACKED:
        break;
    }
}

/* ---- results --------------------------------------------------------------------------------------------------- */

/* NaN where nothing is divided by nothing. */
static double ratio(double part, double whole)
{
    return whole == 0 ? NAN : part / whole;
}

static double mean_of(const struct sample *sample)
{
    struct moments moments;
    moments_init(&moments);
    for (size_t i = 0; i < sample->count; i++)
        moments_add(&moments, sample->values[i]);
    return moments.mean;
}

static void finish_energy(const struct measure *measure, double metrics[METRIC_COUNT])
{
    double sessions = (double)measure->session_count;
    double demanded_kwh = (double)measure->demanded_uj / UJ_PER_KWH;
    double delivered_kwh = (double)measure->delivered_uj / UJ_PER_KWH;
    metrics[METRIC_ENERGY_DEMANDED] = demanded_kwh;
    metrics[METRIC_ENERGY_DELIVERED] = delivered_kwh;
    metrics[METRIC_ENERGY_DELIVERED_SHARE] = 100 * ratio(delivered_kwh, demanded_kwh);
    metrics[METRIC_ENERGY_DEMANDS_MET_SHARE] = 100 * ratio((double)measure->met_count, sessions);
    metrics[METRIC_ENERGY_UNSERVED] = (double)(measure->demanded_uj - measure->delivered_uj) / UJ_PER_KWH;
    metrics[METRIC_ENERGY_UNSERVED_OUTLET] = (double)measure->unserved_outlet_uj / UJ_PER_KWH;
    metrics[METRIC_ENERGY_UNSERVED_PAYMENT] = (double)measure->unserved_payment_uj / UJ_PER_KWH;
    metrics[METRIC_ENERGY_UNSERVED_TIME] = (double)(measure->demanded_uj - measure->delivered_uj -
                                                    measure->unserved_outlet_uj - measure->unserved_payment_uj) /
                                           UJ_PER_KWH;
    double undone_part = measure->cost_msat == 0 ? 0 : (double)measure->undone_msat / (double)measure->cost_msat;
    metrics[METRIC_ENERGY_UNPAID] =
        ((double)measure->unpaid_uj + undone_part * (double)measure->metered_uj) / UJ_PER_KWH;
    metrics[METRIC_ENERGY_LOSS] = (double)measure->loss_uj / UJ_PER_KWH;
    metrics[METRIC_SESSION_COUNT] = sessions;
    metrics[METRIC_SESSION_UNFINISHED] = (double)measure->unfinished_count;
    metrics[METRIC_SESSION_UNPLUGGED_SHARE] = 100 * ratio((double)measure->unplugged_count, sessions);
    metrics[METRIC_SESSION_UNPOWERED_SHARE] = 100 * ratio((double)measure->unpowered_count, sessions);
    metrics[METRIC_SESSION_INTERRUPTED_SHARE] = 100 * ratio((double)measure->interrupted_count, sessions);
    metrics[METRIC_SESSION_DURATION_MEAN] = measure->duration_h.mean;
    metrics[METRIC_SESSION_NEVER_POWERED_SHARE] = 100 * ratio((double)measure->never_powered_count, sessions);
}

static void finish_times(struct measure *measure, double metrics[METRIC_COUNT])
{
    static const struct {
        double share;
        enum metric power, finality;
    } quantiles[] = {{0.05, METRIC_TIME_TO_POWER_P05, METRIC_TIME_TO_FINALITY_P05},
                     {0.10, METRIC_TIME_TO_POWER_P10, METRIC_TIME_TO_FINALITY_P10},
                     {0.25, METRIC_TIME_TO_POWER_P25, METRIC_TIME_TO_FINALITY_P25},
                     {0.50, METRIC_TIME_TO_POWER_P50, METRIC_TIME_TO_FINALITY_P50},
                     {0.75, METRIC_TIME_TO_POWER_P75, METRIC_TIME_TO_FINALITY_P75},
                     {0.90, METRIC_TIME_TO_POWER_P90, METRIC_TIME_TO_FINALITY_P90},
                     {0.95, METRIC_TIME_TO_POWER_P95, METRIC_TIME_TO_FINALITY_P95},
                     {0.99, METRIC_TIME_TO_POWER_P99, METRIC_TIME_TO_FINALITY_P99}};
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        metrics[quantiles[i].power] = sample_quantile(&measure->power_s, quantiles[i].share);
        metrics[quantiles[i].finality] = sample_quantile(&measure->finality_s, quantiles[i].share);
    }
    metrics[METRIC_TIME_TO_POWER_MEAN] = mean_of(&measure->power_s);
    metrics[METRIC_TIME_TO_FINALITY_MEAN] = mean_of(&measure->finality_s);
    metrics[METRIC_TIME_TO_CONFIRMATION_MEAN] = mean_of(&measure->confirmation_s);
    metrics[METRIC_TIME_TO_CONFIRMATION_P95] = sample_quantile(&measure->confirmation_s, 0.95);
    metrics[METRIC_OUTLET_WAIT_MEAN] = mean_of(&measure->wait_s);
    metrics[METRIC_OUTLET_WAIT_P95] = sample_quantile(&measure->wait_s, 0.95);
}

/* Why payments failed, one metric for each cause and one for the rest. */
static void finish_failures(const struct measure *measure, double metrics[METRIC_COUNT])
{
    static const struct {
        enum rail_cause cause;
        enum metric metric;
    } causes[] = {
#define CAUSE(name) {RAIL_CAUSE_##name, METRIC_PAYMENT_FAILED_##name}
        CAUSE(DECLINED), CAUSE(OUTAGE),    CAUSE(FUNDS), CAUSE(REFUSED), CAUSE(EXPIRED), CAUSE(NO_CHANNEL),
        CAUSE(NO_ROUTE), CAUSE(LIQUIDITY), CAUSE(SLOTS), CAUSE(OFFLINE), CAUSE(TIMEOUT), CAUSE(CONFLICT)};
#undef CAUSE
    static const enum rail_cause conflicts[] = {RAIL_CAUSE_RACE, RAIL_CAUSE_REPLACED, RAIL_CAUSE_STALLED,
                                                RAIL_CAUSE_FINNEY, RAIL_CAUSE_OVERTAKEN};
    uint64_t all = 0, told = 0;
    for (int cause = 0; cause < RAIL_CAUSE_COUNT; cause++)
        all += measure->failed_count[cause];
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        metrics[causes[i].metric] = (double)measure->failed_count[causes[i].cause];
        told += measure->failed_count[causes[i].cause];
    }
    for (size_t i = 0; i < sizeof conflicts / sizeof conflicts[0]; i++) {
        metrics[METRIC_PAYMENT_FAILED_CONFLICT] += (double)measure->failed_count[conflicts[i]];
        told += measure->failed_count[conflicts[i]];
    }
    metrics[METRIC_PAYMENT_FAILED] = (double)all;
    metrics[METRIC_PAYMENT_FAILED_OTHER] = (double)(all - told);
}

static void finish_payments(const struct measure *measure, double metrics[METRIC_COUNT], int64_t now_us)
{
    uint64_t count = measure->credited_count;
    for (int cause = 0; cause < RAIL_CAUSE_COUNT; cause++)
        count += measure->failed_count[cause];
    double credited = (double)measure->credited_count;
    metrics[METRIC_PAYMENT_COUNT] = (double)count;
    metrics[METRIC_PAYMENT_RATE] = ratio(credited, (double)(now_us - measure->since_us) / 1e6);
    metrics[METRIC_CHAIN_WEIGHT_PER_PAYMENT] = ratio((double)measure->event_weight_wu / 4, (double)count);
    metrics[METRIC_PAYMENT_SUCCESS_SHARE] = 100 * ratio(credited, (double)count);
    finish_failures(measure, metrics);
    metrics[METRIC_PAYMENT_REVERSED_SHARE] = 100 * ratio((double)measure->reversed_count, credited);
    metrics[METRIC_PAYMENT_PER_SESSION] = ratio((double)measure->session_payment_count, (double)measure->session_count);
    metrics[METRIC_PAYMENT_FAILED_CHAIN] =
        metrics[METRIC_PAYMENT_FAILED_FUNDS] + metrics[METRIC_PAYMENT_FAILED_REFUSED] +
        metrics[METRIC_PAYMENT_FAILED_CONFLICT] + metrics[METRIC_PAYMENT_FAILED_EXPIRED];
    metrics[METRIC_PAYMENT_CONFLICTS] = (double)measure->conflict_count;
    metrics[METRIC_PAYMENT_NEVER_CONFIRMED] = (double)measure->expired_count;
    metrics[METRIC_PAYMENT_SHAKEN] = (double)measure->shaken_count;
    metrics[METRIC_PAYMENT_UNDONE] = (double)measure->undone_count;
}

/* Does the rail have such attackers? */
static bool is_attacked(const struct rail_config *rail, enum fraud_method method)
{
    bool is_there = false;
    for (size_t i = 0; rail->kind == RAIL_ONCHAIN && i < rail->onchain.fraud_count; i++)
        is_there = is_there || rail->onchain.frauds[i].method == method;
    return is_there;
}

/* As the scenario states it. */
static double attack_share_ppm(const struct rail_config *rail)
{
    double sum_ppm = rail->kind == RAIL_CLOUD ? (double)rail->cloud.chargeback_ppm : 0;
    for (size_t i = 0; rail->kind == RAIL_ONCHAIN && i < rail->onchain.fraud_count; i++)
        sum_ppm += (double)rail->onchain.frauds[i].share_ppm;
    for (size_t i = 0; rail->kind == RAIL_LIGHTNING && i < rail->lightning.attack_count; i++)
        sum_ppm += (double)rail->lightning.attacks[i].share_ppm;
    return sum_ppm;
}

/* What attacks took. */
static void finish_losses(const struct measure *measure, double metrics[METRIC_COUNT], const struct money *money)
{
    static const struct {
        enum fraud_method method;
        enum rail_cause cause;
        enum metric count, won_share, loss, per_attack;
    } attacks[] = {
#define ATTACK(name, cause)                                                                                            \
    {FRAUD_##name,                                                                                                     \
     cause,                                                                                                            \
     METRIC_ATTACK_##name##_COUNT,                                                                                     \
     METRIC_ATTACK_##name##_WON_SHARE,                                                                                 \
     METRIC_LOSS_##name,                                                                                               \
     METRIC_LOSS_##name##_PER_ATTACK}
        ATTACK(RACE, RAIL_CAUSE_RACE), ATTACK(REPLACEMENT, RAIL_CAUSE_REPLACED), ATTACK(STALL, RAIL_CAUSE_STALLED),
        ATTACK(FINNEY, RAIL_CAUSE_FINNEY), ATTACK(HASH, RAIL_CAUSE_OVERTAKEN)};
#undef ATTACK
    static const struct {
        enum rail_cause cause;
        enum metric loss;
    } others[] = {{RAIL_CAUSE_EXPIRED, METRIC_LOSS_NEVER_CONFIRMED},
                  {RAIL_CAUSE_CHARGEBACK, METRIC_LOSS_CHARGEBACK},
                  {RAIL_CAUSE_UNPAID, METRIC_LOSS_UNPAID},
                  {RAIL_CAUSE_REVOKED, METRIC_LOSS_REVOKED}};
    __int128 other_msat = measure->loss_msat;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        __int128 loss_msat = measure->loss_by_cause_msat[others[i].cause];
        other_msat -= loss_msat;
        metrics[others[i].loss] = money_yen(money, (double)loss_msat);
    }
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        double count = (double)measure->attack_count[attacks[i].cause];
        __int128 loss_msat = measure->loss_by_cause_msat[attacks[i].cause];
        other_msat -= loss_msat;
        metrics[attacks[i].count] = is_attacked(measure->rail, attacks[i].method) ? count : NAN;
        metrics[attacks[i].won_share] = 100 * ratio((double)measure->won_count[attacks[i].cause], count);
        metrics[attacks[i].loss] = money_yen(money, (double)loss_msat);
        metrics[attacks[i].per_attack] = ratio(metrics[attacks[i].loss], count);
    }
    metrics[METRIC_ATTACK_SHARE] = attack_share_ppm(measure->rail) / 1e4;
    metrics[METRIC_LOSS_OTHER] = money_yen(money, (double)other_msat);
    metrics[METRIC_LOSS_MAX] = money_yen(money, (double)measure->largest_loss_msat);
    metrics[METRIC_LOSS_PER_1000_SESSIONS] =
        1000 * ratio(metrics[METRIC_MERCHANT_LOSS], (double)measure->session_count);
}

/* Money that lay still. */
static void finish_held(const struct measure *measure, double metrics[METRIC_COUNT], const struct sessions *sessions,
                        int64_t now_us)
{
    const struct money *money = &sessions->money;
    double length_us = (double)(now_us - measure->since_us);
    double balances_msat_us = level_mean(&measure->balance_msat) * length_us;
    double locked_sat_d = ((double)sessions->locked_msat_us + balances_msat_us) / 1e3 / (double)DAY_US;
    metrics[METRIC_EXPOSURE_MAX] = money_yen(money, (double)level_maximum(&measure->exposure_msat));
    metrics[METRIC_EXPOSURE_MEAN] = money_yen(money, level_mean(&measure->exposure_msat));
    metrics[METRIC_EXPOSURE_DELIVERED_MEAN] = money_yen(money, ratio((double)sessions->exposed_msat_us, length_us));
    metrics[METRIC_EXPOSURE_DELIVERED_SESSION_MAX] = money_yen(money, (double)sessions->exposed_most_msat);
    metrics[METRIC_CAPITAL_IN_PAYMENTS] = locked_sat_d;
}

static void finish_money(const struct measure *measure, double metrics[METRIC_COUNT], const struct money *money)
{
    static const enum metric upkeep[RAIL_UPKEEP_COUNT] = {METRIC_FEE_UPKEEP_WALLET, METRIC_FEE_UPKEEP_OPEN,
                                                          METRIC_FEE_UPKEEP_TOP_UP, METRIC_FEE_UPKEEP_REBALANCE,
                                                          METRIC_FEE_UPKEEP_CLOSE,  METRIC_FEE_UPKEEP_CLAIM};
    double fee_msat = (double)measure->fee_msat + (double)measure->upkeep_msat, fee_yen = money_yen(money, fee_msat);
    metrics[METRIC_FEE_PER_SESSION] = ratio(fee_yen, (double)measure->session_count);
    metrics[METRIC_FEE_PER_KWH] = ratio(fee_yen, (double)measure->delivered_uj / UJ_PER_KWH);
    metrics[METRIC_FEE_SHARE] = 100 * ratio(fee_msat, (double)measure->cost_msat);
    metrics[METRIC_SESSION_VALUE_MEAN] =
        ratio(money_yen(money, (double)measure->cost_msat), (double)measure->session_count);
    metrics[METRIC_CHARGING_PRICE_MEAN] =
        ratio(money_yen(money, (double)measure->cost_msat), (double)measure->metered_uj / UJ_PER_KWH);
    for (int kind = 0; kind < RAIL_UPKEEP_COUNT; kind++)
        metrics[upkeep[kind]] = money_yen(money, (double)measure->upkeep_by_kind_msat[kind]);
    metrics[METRIC_FEE_UPKEEP_CLOSE_DUE] = money_yen(money, (double)measure->close_due_msat);
    metrics[METRIC_FEE_TOTAL] = fee_yen;
    metrics[METRIC_FEE_SESSIONS] = money_yen(money, (double)measure->fee_msat);
    metrics[METRIC_FEE_UPKEEP] = money_yen(money, (double)measure->upkeep_msat);
    metrics[METRIC_REVENUE] = money_yen(money, (double)measure->kept_msat);
    metrics[METRIC_MERCHANT_LOSS] = money_yen(money, (double)measure->loss_msat);
    metrics[METRIC_CHAIN_WEIGHT_PER_SESSION] = ratio((double)measure->weight_wu / 4, (double)measure->session_count);
    finish_losses(measure, metrics, money);
}

void measure_finish(struct measure *measure, double metrics[METRIC_COUNT], const struct sessions *sessions,
                    int64_t now_us)
{
    level_finish(&measure->exposure_msat, now_us);
    level_finish(&measure->balance_msat, now_us);
    finish_energy(measure, metrics);
    finish_times(measure, metrics);
    finish_payments(measure, metrics, now_us);
    finish_money(measure, metrics, &sessions->money);
    finish_held(measure, metrics, sessions, now_us);
}
