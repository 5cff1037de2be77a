/* cloud.c: payments at a central provider, its outages and its books.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/cloud.h"

#include "models/slab.h"
#include "sim/stream.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LATENCY_MAX_US 1e16 /* three centuries: what the widest lognormal may want does not fit into 64 bits */

enum payment_state { PAYMENT_ASKED, PAYMENT_CREDITED, PAYMENT_FINAL, PAYMENT_REVERSED, PAYMENT_FAILED };

/* What chance has in store for one payment: uniform numbers, drawn whether used or not. */
struct fate {
    double decline, latency, chargeback, chargeback_moment;
};

struct payment {
    enum payment_state state;
    uint32_t session, number;
    uint32_t older; /* of the same session, SLAB_NONE: none */
    int64_t amount_msat, refunded_msat;
    int64_t asked_us;
    bool was_down; /* when it was asked for */
    bool is_late;  /* the queue was too long */
    struct fate fate;
};

/* One open session, indexed by its number. */
struct account {
    uint32_t newest; /* payment */
    uint32_t payer, payee;
    uint32_t busy_count; /* payments without an end, refunds on their way, the closing itself */
    bool is_open, is_closing;
    uint64_t key;
};

struct cloud {
    struct sim *sim;
    struct trouble *trouble;
    const struct cloud_config *config;
    struct ledger *ledger;
    struct rail_listener listener;
    struct slab payments;
    struct account *accounts;
    size_t account_count;
    bool *has_joined; /* per payer: has asked for an account, or had one */
    bool is_random;
    unsigned down_count; /* outages going on */
    int64_t exposure_msat;
    uint64_t asked_count; /* payments */
    int64_t free_ns;      /* when the provider has taken all that it was asked for */
    struct sim_stream outage_stream;
    uint16_t answer_kind, settle_kind, refund_kind, close_kind, outage_kind;
};

static struct payment *payment_at(const struct cloud *cloud, uint32_t number)
{
    return slab_at(&cloud->payments, number);
}

static int64_t left_msat(const struct payment *payment)
{
    return payment->amount_msat - payment->refunded_msat;
}

/* ---- events upwards -------------------------------------------------------------------------------------------- */

static void raise_event(struct cloud *cloud, const struct rail_event *event)
{
    cloud->listener.on_event(cloud->listener.self, event);
}

static void raise_payment(struct cloud *cloud, const struct payment *payment, enum rail_event_kind kind,
                          enum rail_cause cause, int64_t fee_msat)
{
    raise_event(cloud, &(struct rail_event){.kind = kind,
                                            .cause = cause,
                                            .session = payment->session,
                                            .payment = payment->number,
                                            .amount_msat = left_msat(payment),
                                            .fee_payee_msat = fee_msat,
                                            .asked_us = payment->asked_us});
}

/* One thing less is under way in the session; the last one ends it. */
static void unbusy(struct cloud *cloud, uint32_t session)
{
    struct account *account = &cloud->accounts[session];
    assert(account->busy_count > 0);
    if (--account->busy_count > 0)
        return;
    assert(account->is_closing);
    for (uint32_t number = account->newest; number != SLAB_NONE;) {
        uint32_t older = payment_at(cloud, number)->older;
        slab_return(&cloud->payments, number);
        number = older;
    }
    *account = (struct account){.newest = SLAB_NONE};
    raise_event(cloud, &(struct rail_event){.kind = RAIL_CLOSED, .session = session});
}

/* ---- one payment ----------------------------------------------------------------------------------------------- */

static void schedule(struct cloud *cloud, uint16_t kind, int64_t after_us, uint32_t entity, uint64_t argument)
{
    sim_schedule(cloud->sim, sim_now_us(cloud->sim) + after_us, SIM_MESSAGE,
                 &(struct sim_action){.kind = kind, .entity = entity, .object = cloud, .argument = argument});
}

static void draw_fate(struct cloud *cloud, struct payment *payment, uint64_t key)
{
    if (!cloud->is_random) {
        payment->fate = (struct fate){1, 0.5, 1, 0.5};
        return;
    }
    struct sim_stream stream;
    uint64_t entity = key << 16 | (payment->number & 0xffff); /* after 65,536 payments of one session they repeat */
    sim_stream_open(&stream, cloud->sim, "rail.cloud.payment", entity);
    gsl_rng *rng = stream_rng(&stream);
    payment->fate.decline = gsl_rng_uniform(rng);
    payment->fate.latency = gsl_rng_uniform_pos(rng);
    payment->fate.chargeback = gsl_rng_uniform(rng);
    payment->fate.chargeback_moment = gsl_rng_uniform(rng);
}

static int64_t latency_us(const struct cloud *cloud, const struct fate *fate)
{
    const struct cloud_config *config = cloud->config;
    if (config->latency_sigma_ppm == 0)
        return config->latency_us;
    double sigma = (double)config->latency_sigma_ppm / 1e6;
    return llround(
        fmin((double)config->latency_us * exp(sigma * gsl_cdf_ugaussian_Pinv(fate->latency)), LATENCY_MAX_US));
}

/* One after the other, each so long that the capacity is what it is. Returns how long a payment waits for its turn; for
 * one that would wait too long, which then takes no time of the provider's, how long its payer does. */
static int64_t queue_us(struct cloud *cloud, struct payment *payment)
{
    const struct cloud_config *config = cloud->config;
    int64_t now_ns = 1000 * sim_now_us(cloud->sim);
    if (config->capacity_per_s == 0 || payment->was_down)
        return 0;
    int64_t begin_ns = cloud->free_ns > now_ns ? cloud->free_ns : now_ns;
    int64_t wait_us = (begin_ns - now_ns) / 1000;
    payment->is_late = wait_us > config->queue_us;
    if (payment->is_late)
        return config->queue_us;
    cloud->free_ns = begin_ns + 1000000000 / config->capacity_per_s;
    return wait_us;
}

static int64_t fee_msat(const struct cloud_config *config, int64_t amount_msat)
{
    return (int64_t)((__int128)amount_msat * config->fee_ppm / 1000000) + config->fee_fixed_msat;
}

static bool is_drawn(double uniform, int64_t share_ppm)
{
    return uniform * 1e6 < (double)share_ppm;
}

/* What a payer who pays here for the first time needs to get an account; 0: he has one. */
static int64_t signup_us(struct cloud *cloud, uint32_t payer)
{
    const struct cloud_config *config = cloud->config;
    struct sim_stream stream;
    if (config->signup_us == 0 || cloud->has_joined[payer])
        return 0;
    cloud->has_joined[payer] = true;
    sim_stream_open(&stream, cloud->sim, "rail.cloud.member", payer);
    return is_drawn(gsl_rng_uniform(stream_rng(&stream)), config->member_ppm) ? 0 : config->signup_us;
}

static void pay(void *self, const struct rail_order *order)
{
    struct cloud *cloud = self;
    if (cloud->trouble->is_memory_out)
        return;
    assert(order->session < cloud->account_count && order->amount_msat > 0);
    struct account *account = &cloud->accounts[order->session];
    assert(account->is_open && !account->is_closing);
    uint32_t number = slab_take(&cloud->payments);
    if (number == SLAB_NONE) {
        trouble_memory(cloud->trouble);
        return;
    }
    struct payment *payment = payment_at(cloud, number);
    *payment = (struct payment){.session = order->session,
                                .number = order->payment,
                                .older = account->newest,
                                .amount_msat = order->amount_msat,
                                .asked_us = sim_now_us(cloud->sim),
                                .was_down = cloud->down_count > 0};
    account->newest = number;
    account->busy_count++;
    cloud->asked_count++;
    draw_fate(cloud, payment, account->key);
    int64_t after_us = queue_us(cloud, payment) + latency_us(cloud, &payment->fate) + signup_us(cloud, account->payer);
    schedule(cloud, cloud->answer_kind, after_us, number, (uint64_t)order->amount_msat);
}

static void fail(struct cloud *cloud, struct payment *payment, enum rail_cause cause)
{
    uint32_t session = payment->session;
    payment->state = PAYMENT_FAILED;
    raise_payment(cloud, payment, RAIL_FAILED, cause, 0);
    unbusy(cloud, session);
}

static void credit(struct cloud *cloud, uint32_t number)
{
    struct payment *payment = payment_at(cloud, number);
    const struct cloud_config *config = cloud->config;
    int64_t amount_msat = payment->amount_msat;
    int64_t fee = fee_msat(config, amount_msat);
    const struct account *account = &cloud->accounts[payment->session];
    uint32_t payer = account->payer;
    payment->state = PAYMENT_CREDITED;
    ledger_move(cloud->ledger, LEDGER_FIRST_PAYER + payer, LEDGER_IN_FLIGHT, amount_msat);
    ledger_move(cloud->ledger, ledger_payee(account->payee), LEDGER_PROVIDER, fee);
    cloud->exposure_msat += amount_msat;
    bool is_taken_back = config->settlement_us > 0 && is_drawn(payment->fate.chargeback, config->chargeback_ppm);
    double share = is_taken_back ? payment->fate.chargeback_moment : 1;
    schedule(cloud, cloud->settle_kind, (int64_t)((double)config->settlement_us * share), number, is_taken_back);
    raise_payment(cloud, payment, RAIL_CREDITED, RAIL_CAUSE_NONE, fee);
}

static void handle_answer(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)argument;
    struct cloud *cloud = object;
    struct payment *payment = payment_at(cloud, entity);
    if (payment->was_down || cloud->down_count > 0)
        fail(cloud, payment, RAIL_CAUSE_OUTAGE);
    else if (payment->is_late)
        fail(cloud, payment, RAIL_CAUSE_TIMEOUT);
    else if (is_drawn(payment->fate.decline, cloud->config->decline_ppm))
        fail(cloud, payment, RAIL_CAUSE_DECLINED);
    else
        credit(cloud, entity);
}

static void handle_settle(struct sim *sim, void *object, uint32_t entity, uint64_t is_taken_back)
{
    (void)sim;
    struct cloud *cloud = object;
    struct payment *payment = payment_at(cloud, entity);
    uint32_t session = payment->session;
    uint32_t payer = cloud->accounts[session].payer;
    int64_t amount_msat = left_msat(payment);
    cloud->exposure_msat -= amount_msat;
    if (is_taken_back) {
        payment->state = PAYMENT_REVERSED;
        ledger_move(cloud->ledger, LEDGER_IN_FLIGHT, LEDGER_FIRST_PAYER + payer, amount_msat);
        raise_payment(cloud, payment, RAIL_REVERSED, RAIL_CAUSE_CHARGEBACK, 0);
    } else {
        payment->state = PAYMENT_FINAL;
        ledger_move(cloud->ledger, LEDGER_IN_FLIGHT, ledger_payee(cloud->accounts[session].payee), amount_msat);
        raise_payment(cloud, payment, RAIL_FINAL, RAIL_CAUSE_NONE, 0);
    }
    unbusy(cloud, session);
}

/* ---- refund and close ------------------------------------------------------------------------------------------ */

/* Takes up to amount_msat out of one payment; returns what it took. */
static int64_t refund_from(struct cloud *cloud, struct payment *payment, const struct account *account,
                           int64_t amount_msat)
{
    size_t payer = LEDGER_FIRST_PAYER + account->payer;
    bool is_final = payment->state == PAYMENT_FINAL;
    if (!is_final && payment->state != PAYMENT_CREDITED)
        return 0;
    int64_t part_msat = amount_msat < left_msat(payment) ? amount_msat : left_msat(payment);
    payment->refunded_msat += part_msat;
    if (!is_final)
        cloud->exposure_msat -= part_msat;
    ledger_move(cloud->ledger, is_final ? ledger_payee(account->payee) : LEDGER_IN_FLIGHT, payer, part_msat);
    return part_msat;
}

static void refund(void *self, uint32_t session, int64_t amount_msat)
{
    struct cloud *cloud = self;
    if (cloud->trouble->is_memory_out)
        return;
    assert(session < cloud->account_count && amount_msat > 0);
    struct account *account = &cloud->accounts[session];
    assert(account->is_open);
    int64_t rest_msat = amount_msat;
    for (uint32_t number = account->newest; number != SLAB_NONE && rest_msat > 0;) {
        struct payment *payment = payment_at(cloud, number);
        rest_msat -= refund_from(cloud, payment, account, rest_msat);
        number = payment->older;
    }
    assert(rest_msat == 0);
    account->busy_count++;
    schedule(cloud, cloud->refund_kind, 0, session, (uint64_t)amount_msat);
}

static void handle_refund(struct sim *sim, void *object, uint32_t session, uint64_t amount_msat)
{
    struct cloud *cloud = object;
    raise_event(cloud, &(struct rail_event){.kind = RAIL_REFUNDED,
                                            .session = session,
                                            .amount_msat = (int64_t)amount_msat,
                                            .asked_us = sim_now_us(sim)});
    unbusy(cloud, session);
}

static bool grow_accounts(struct cloud *cloud, size_t count)
{
    size_t new_count = cloud->account_count == 0 ? 256 : cloud->account_count;
    while (new_count < count)
        new_count *= 2;
    struct account *accounts = realloc(cloud->accounts, new_count * sizeof accounts[0]);
    if (accounts == NULL)
        return false;
    for (size_t i = cloud->account_count; i < new_count; i++)
        accounts[i] = (struct account){.newest = SLAB_NONE};
    cloud->accounts = accounts;
    cloud->account_count = new_count;
    return true;
}

static void session_open(void *self, const struct rail_opening *opening)
{
    struct cloud *cloud = self;
    uint32_t session = opening->session;
    assert(opening->key < UINT64_C(1) << 48);
    if (session >= cloud->account_count && !grow_accounts(cloud, (size_t)session + 1)) {
        trouble_memory(cloud->trouble);
        return;
    }
    assert(!cloud->accounts[session].is_open);
    cloud->accounts[session] = (struct account){.newest = SLAB_NONE,
                                                .payer = opening->payer,
                                                .payee = opening->payee,
                                                .is_open = true,
                                                .busy_count = 1,
                                                .key = opening->key};
}

static void session_close(void *self, uint32_t session)
{
    struct cloud *cloud = self;
    if (cloud->trouble->is_memory_out)
        return;
    assert(session < cloud->account_count);
    struct account *account = &cloud->accounts[session];
    assert(account->is_open && !account->is_closing);
    account->is_closing = true;
    schedule(cloud, cloud->close_kind, 0, session, 0);
}

static void handle_close(struct sim *sim, void *object, uint32_t session, uint64_t argument)
{
    (void)sim, (void)argument;
    unbusy(object, session);
}

/* ---- outages --------------------------------------------------------------------------------------------------- */

enum outage_argument { OUTAGE_PLANNED_BEGINS, OUTAGE_PLANNED_ENDS, OUTAGE_RANDOM_BEGINS, OUTAGE_RANDOM_ENDS };

static void schedule_outage(struct cloud *cloud, int64_t at_us, enum outage_argument argument)
{
    sim_schedule(cloud->sim, at_us, SIM_ENVIRONMENT,
                 &(struct sim_action){.kind = cloud->outage_kind, .object = cloud, .argument = argument});
}

static void schedule_random(struct cloud *cloud, int64_t mean_us, enum outage_argument argument)
{
    double after_us = gsl_ran_exponential(stream_rng(&cloud->outage_stream), (double)mean_us);
    schedule_outage(cloud, sim_now_us(cloud->sim) + llround(after_us), argument);
}

static void handle_outage(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity;
    struct cloud *cloud = object;
    bool begins = argument == OUTAGE_PLANNED_BEGINS || argument == OUTAGE_RANDOM_BEGINS;
    assert(begins || cloud->down_count > 0);
    cloud->down_count = begins ? cloud->down_count + 1 : cloud->down_count - 1;
    if (argument == OUTAGE_RANDOM_BEGINS)
        schedule_random(cloud, cloud->config->outage_mean_us, OUTAGE_RANDOM_ENDS);
    else if (argument == OUTAGE_RANDOM_ENDS)
        schedule_random(cloud, cloud->config->outage_every_us, OUTAGE_RANDOM_BEGINS);
}

static void plan_outages(struct cloud *cloud)
{
    const struct cloud_config *config = cloud->config;
    for (size_t i = 0; i < config->outage_count; i++) {
        int64_t at_us = config->outages[i].at_us;
        schedule_outage(cloud, at_us, OUTAGE_PLANNED_BEGINS);
        schedule_outage(cloud, at_us + config->outages[i].duration_us, OUTAGE_PLANNED_ENDS);
    }
    if (config->outage_every_us > 0) {
        sim_stream_open(&cloud->outage_stream, cloud->sim, "rail.cloud.outage", 0);
        schedule_random(cloud, config->outage_every_us, OUTAGE_RANDOM_BEGINS);
    }
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

static int64_t exposure_msat(const void *self)
{
    return ((const struct cloud *)self)->exposure_msat;
}

/* What is in flight in the ledger is what the open payments say. */
static bool audit(const void *self, char *why, size_t why_size)
{
    const struct cloud *cloud = self;
    int64_t open_msat = 0;
    for (size_t i = 0; i < cloud->account_count; i++)
        for (uint32_t number = cloud->accounts[i].newest; number != SLAB_NONE;) {
            const struct payment *payment = payment_at(cloud, number);
            if (payment->state == PAYMENT_CREDITED)
                open_msat += left_msat(payment);
            number = payment->older;
        }
    int64_t in_flight_msat = ledger_balance_msat(cloud->ledger, LEDGER_IN_FLIGHT);
    if (open_msat == in_flight_msat && open_msat == cloud->exposure_msat)
        return true;
    snprintf(why, why_size,
             "open payments %" PRId64 " msat, in flight %" PRId64 " msat, exposure %" PRId64 " msat differ", open_msat,
             in_flight_msat, cloud->exposure_msat);
    return false;
}

/* The provider holds the money until it settles, and each side has a contract with it. */
static void tell(const void *self, struct rail_report *report)
{
    const struct cloud *cloud = self;
    report->parties_trusted = 1;
    report->pairs_able_share = cloud->down_count > 0 ? 0 : 1;
    report->pairs_open_share = 0;
    report->liquidity_msat = 0;
    report->uses[RAIL_RESOURCE_PROVIDER] =
        (struct rail_use){.used = (double)cloud->asked_count, .per_s = (double)cloud->config->capacity_per_s};
}

static void cloud_free(void *self)
{
    struct cloud *cloud = self;
    slab_close(&cloud->payments);
    free(cloud->accounts);
    free(cloud->has_joined);
    free(cloud);
}

static const struct rail_ops ops = {.session_open = session_open,
                                    .pay = pay,
                                    .refund = refund,
                                    .session_close = session_close,
                                    .exposure_msat = exposure_msat,
                                    .audit = audit,
                                    .report = tell,
                                    .free = cloud_free};

bool cloud_open(struct rail *rail, struct trouble *trouble, const struct cloud_config *config, struct ledger *ledger,
                const struct rail_listener *listener)
{
    struct sim *sim = trouble->sim;
    *rail = (struct rail){0};
    struct cloud *cloud = calloc(1, sizeof *cloud);
    bool *has_joined = calloc(ledger->account_count, sizeof has_joined[0]);
    if (cloud == NULL || has_joined == NULL) {
        free(cloud);
        free(has_joined);
        return false;
    }
    cloud->sim = sim;
    cloud->trouble = trouble;
    cloud->config = config;
    cloud->ledger = ledger;
    cloud->has_joined = has_joined;
    cloud->listener = *listener;
    cloud->is_random = config->latency_sigma_ppm > 0 || config->decline_ppm > 0 || config->chargeback_ppm > 0;
    slab_init(&cloud->payments, sizeof(struct payment));
    cloud->answer_kind = sim_kind_add(sim, "cloud.answer", handle_answer);
    cloud->settle_kind = sim_kind_add(sim, "cloud.settle", handle_settle);
    cloud->refund_kind = sim_kind_add(sim, "cloud.refund", handle_refund);
    cloud->close_kind = sim_kind_add(sim, "cloud.close", handle_close);
    cloud->outage_kind = sim_kind_add(sim, "cloud.outage", handle_outage);
    plan_outages(cloud);
    *rail = (struct rail){.ops = &ops, .self = cloud};
    return true;
}
