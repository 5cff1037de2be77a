/* onchain_rail.c: the rail's table: sessions open and close, payments are asked for; opening and audit.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/onchain.h"

#include "models/chain/room.h"
#include "models/rails/onchain_account.h"
#include "models/rails/onchain_books.h"
#include "models/rails/onchain_fraud.h"
#include "models/rails/onchain_news.h"
#include "models/rails/onchain_transfer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- operations ------------------------------------------------------------------------------------------------- */

static void session_open(void *self, const struct rail_opening *opening)
{
    struct onchain *onchain = self;
    assert(opening->key < UINT64_C(1) << 48 && opening->payer < onchain->payer_count);
    if (opening->session >= onchain->account_count && !onchain_grow_accounts(onchain, (size_t)opening->session + 1)) {
        trouble_memory(onchain->trouble);
        return;
    }
    struct account *account = &onchain->accounts[opening->session];
    assert(!account->is_open);
    *account = (struct account){.is_open = true,
                                .newest = SLAB_NONE,
                                .payer = opening->payer,
                                .payee = opening->payee,
                                .outlet = opening->outlet,
                                .busy_count = 1,
                                .key = opening->key,
                                .limit_msat = INT64_MAX,
                                .settlement = {.tx = CHAIN_NONE}};
    fraud_draw(onchain, account);
}

static void pay(void *self, const struct rail_order *order)
{
    struct onchain *onchain = self;
    if (onchain->trouble->is_memory_out)
        return;
    struct account *account = &onchain->accounts[order->session];
    assert(account->is_open && !account->is_closing && order->amount_msat > 0);
    uint32_t index = slab_take(&onchain->transfers);
    if (index == SLAB_NONE) {
        trouble_memory(onchain->trouble);
        return;
    }
    struct payer *payer = payer_of(onchain, order->session);
    int64_t balance_msat = payer->balance_msat < order->amount_msat ? payer->balance_msat : order->amount_msat;
    if (account->payee != RAIL_OPERATOR) /* who keeps the balance is not whom it goes to */
        balance_msat = 0;
    struct transfer *transfer = transfer_at(onchain, index);
    *transfer = (struct transfer){.state = TRANSFER_ASKED,
                                  .session = order->session,
                                  .number = order->payment,
                                  .older = account->newest,
                                  .amount_msat = order->amount_msat,
                                  .balance_msat = balance_msat,
                                  .asked_us = sim_now_us(onchain->sim),
                                  .seen_us = CHAIN_NEVER_US,
                                  .tx = CHAIN_NONE,
                                  .newest = CHAIN_NONE,
                                  .rival = CHAIN_NONE,
                                  .need_confirmations = onchain->config->confirmations};
    payer->balance_msat -= balance_msat;
    account->newest = index;
    account->busy_count++;
    if (transfer_sent_msat(transfer) > 0)
        fraud_send(onchain, index);
    if (transfer_sent_msat(transfer) == 0 || transfer->cause != RAIL_CAUSE_NONE)
        onchain_schedule(onchain, &transfer->listen, onchain->answer_kind, transfer->asked_us, index);
}

/* Takes up to amount_msat out of one payment; returns what it took. */
static int64_t refund_from(struct onchain *onchain, struct account *account, struct transfer *transfer,
                           int64_t amount_msat)
{
    bool is_final = transfer->state == TRANSFER_FINAL;
    if (!is_final && transfer->state != TRANSFER_CREDITED)
        return 0;
    int64_t left_msat = transfer_left_msat(transfer);
    int64_t part_msat = amount_msat < left_msat ? amount_msat : left_msat;
    transfer->refunded_msat += part_msat;
    if (is_final)
        account->payable_msat += part_msat;
    else
        onchain->exposure_msat -= part_msat;
    ledger_move(onchain->ledger, is_final ? ledger_payee(account->payee) : LEDGER_IN_FLIGHT, LEDGER_OWED, part_msat);
    return part_msat;
}

static void refund(void *self, uint32_t session, int64_t amount_msat)
{
    struct onchain *onchain = self;
    if (onchain->trouble->is_memory_out)
        return;
    struct account *account = &onchain->accounts[session];
    assert(account->is_open && amount_msat > 0);
    int64_t rest_msat = amount_msat;
    for (uint32_t i = account->newest; i != SLAB_NONE && rest_msat > 0; i = transfer_at(onchain, i)->older)
        rest_msat -= refund_from(onchain, account, transfer_at(onchain, i), rest_msat);
    assert(rest_msat == 0);
    account->has_refund = true;
}

static void record(void *self, uint32_t session, int64_t energy_uj, int64_t cost_msat)
{
    struct onchain *onchain = self;
    struct account *account = &onchain->accounts[session];
    if (onchain->trouble->is_memory_out || onchain->config->record == ONCHAIN_RECORD_NONE)
        return;
    account->has_record = true;
    account->energy_uj = energy_uj;
    account->cost_msat = cost_msat;
}

static void session_close(void *self, uint32_t session)
{
    struct onchain *onchain = self;
    if (onchain->trouble->is_memory_out)
        return;
    struct account *account = &onchain->accounts[session];
    struct sim_handle unused;
    assert(account->is_open && !account->is_closing);
    account->is_closing = true;
    onchain_schedule(onchain, &unused, onchain->close_kind, sim_now_us(onchain->sim), session);
}

static void handle_answer(struct sim *sim, void *object, uint32_t index, uint64_t argument)
{
    (void)sim, (void)argument;
    transfer_answer(object, index);
}

static void handle_listened(struct sim *sim, void *object, uint32_t index, uint64_t argument)
{
    (void)sim, (void)argument;
    transfer_listened(object, index);
}

static void handle_grace(struct sim *sim, void *object, uint32_t index, uint64_t argument)
{
    (void)sim, (void)argument;
    transfer_grace_over(object, index);
}

static void handle_strike(struct sim *sim, void *object, uint32_t index, uint64_t argument)
{
    (void)sim, (void)argument;
    fraud_strike(object, index);
}

static void handle_close(struct sim *sim, void *object, uint32_t session, uint64_t argument)
{
    (void)sim, (void)argument;
    account_unbusy(object, session);
}

/* ---- audit ------------------------------------------------------------------------------------------------------ */

static int64_t exposure_msat(const void *self)
{
    return ((const struct onchain *)self)->exposure_msat;
}

/* What the rail says it owes to payers. */
static int64_t sum_owed_msat(const struct onchain *onchain)
{
    int64_t owed_msat = 0;
    for (uint32_t i = 0; i < onchain->payer_count; i++)
        owed_msat += onchain->payers[i].balance_msat;
    for (size_t i = 0; i < onchain->account_count; i++) {
        const struct account *account = &onchain->accounts[i];
        if (account->is_open)
            owed_msat += account->settlement.owed_msat > 0 ? account->settlement.owed_msat : account->payable_msat;
    }
    return owed_msat;
}

/* What is in flight in the ledger is what the open payments say, what is owed is what the accounts say. */
static bool audit(const void *self, char *why, size_t why_size)
{
    const struct onchain *onchain = self;
    int64_t open_msat = 0, owed_msat = sum_owed_msat(onchain);
    for (uint32_t i = 0; i < onchain->transfers.limit; i++) {
        const struct transfer *transfer = transfer_at(onchain, i);
        bool is_balance_held = transfer->state == TRANSFER_ASKED || transfer->state == TRANSFER_SENT;
        owed_msat += is_balance_held ? transfer->balance_msat : 0;
        if (transfer->state != TRANSFER_CREDITED)
            continue;
        open_msat += transfer_left_msat(transfer);
        owed_msat += transfer->refunded_msat;
    }
    int64_t in_flight_msat = ledger_balance_msat(onchain->ledger, LEDGER_IN_FLIGHT);
    int64_t booked_msat = ledger_balance_msat(onchain->ledger, LEDGER_OWED);
    if (open_msat == in_flight_msat && open_msat == onchain->exposure_msat && owed_msat == booked_msat)
        return true;
    snprintf(why, why_size,
             "open payments %" PRId64 " msat, in flight %" PRId64 " msat, exposure %" PRId64
             " msat differ, or owed %" PRId64 " msat and booked as owed %" PRId64 " msat",
             open_msat, in_flight_msat, onchain->exposure_msat, owed_msat, booked_msat);
    return false;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static void onchain_free(void *self)
{
    struct onchain *onchain = self;
    for (uint32_t i = 0; i < onchain->payer_count && onchain->payers != NULL; i++)
        purse_close(&onchain->payers[i].purse);
    purse_close(&onchain->operator);
    purse_room_close(&onchain->room);
    room_free(&onchain->held);
    feerates_close(&onchain->feerates);
    slab_close(&onchain->transfers);
    free(onchain->payers);
    free(onchain->accounts);
    free(onchain->owners);
    free(onchain->finals);
    free(onchain);
}

/* Anybody's coin is good for anybody, and lies in nobody's hands but its owner's. */
static void tell(const void *self, struct rail_report *report)
{
    (void)self;
    report->parties_trusted = 0;
    report->pairs_able_share = 1;
    report->pairs_open_share = 1;
    report->liquidity_msat = 0;
}

static const struct rail_ops ops = {.session_open = session_open,
                                    .pay = pay,
                                    .refund = refund,
                                    .record = record,
                                    .session_close = session_close,
                                    .exposure_msat = exposure_msat,
                                    .audit = audit,
                                    .report = tell,
                                    .free = onchain_free};

static bool open_purses(struct onchain *onchain)
{
    const struct onchain_config *config = onchain->config;
    if (!purse_open(&onchain->operator, & onchain->room, "rail.onchain.operator", 0) ||
        (config->float_sat > 0 && !purse_fund(&onchain->operator, 1, config->float_sat)))
        return false;
    onchain->payers = calloc(onchain->payer_count, sizeof onchain->payers[0]);
    if (onchain->payers == NULL)
        return false;
    for (uint32_t i = 0; i < onchain->payer_count; i++) {
        struct payer *payer = &onchain->payers[i];
        payer->top_up = payer->merging = CHAIN_NONE;
        if (!purse_open(&payer->purse, &onchain->room, "payer.seed", i) ||
            !purse_fund(&payer->purse, config->coins, config->coin_sat))
            return false;
    }
    return true;
}

static bool needs_estimator(const struct onchain_config *config)
{
    return config->least_rate_target > 0 || config->payer_feerate.kind == FEERATE_ESTIMATOR ||
           config->operator_feerate.kind == FEERATE_ESTIMATOR;
}

static void add_kinds(struct onchain *onchain)
{
    onchain->answer_kind = sim_kind_add(onchain->sim, "onchain.answer", handle_answer);
    onchain->listen_kind = sim_kind_add(onchain->sim, "onchain.listened", handle_listened);
    onchain->grace_kind = sim_kind_add(onchain->sim, "onchain.grace", handle_grace);
    onchain->strike_kind = sim_kind_add(onchain->sim, "onchain.strike", handle_strike);
    onchain->close_kind = sim_kind_add(onchain->sim, "onchain.close", handle_close);
}

static void check_config(const struct onchain_config *config)
{
    assert(config->settled_confirmations >= 1 && config->demoted_confirmations >= 1);
    assert(config->final_confirmations >= config->settled_confirmations &&
           config->final_confirmations >= config->confirmations &&
           config->final_confirmations >= config->demoted_confirmations);
    assert(config->listen_us >= 0 && config->grace_msat >= 0 && config->grace_us >= 0);
}

bool onchain_open(struct rail *rail, const struct onchain_options *options)
{
    *rail = (struct rail){0};
    struct onchain *onchain = calloc(1, sizeof *onchain);
    if (onchain == NULL)
        return false;
    check_config(options->config);
    assert(options->chain_config->watch_blocks >= options->config->final_confirmations);
    onchain->trouble = options->trouble;
    onchain->sim = options->trouble->sim;
    onchain->config = options->config;
    onchain->chain_config = options->chain_config;
    onchain->chain = options->chain;
    onchain->ledger = options->ledger;
    onchain->listener = options->listener;
    onchain->payer_count = options->payer_count;
    onchain->secret = SLAB_NONE;
    onchain->merging = CHAIN_NONE;
    slab_init(&onchain->transfers, sizeof(struct transfer));
    purse_room_open(&onchain->room, options->trouble, options->chain);
    add_kinds(onchain);
    *rail = (struct rail){.ops = &ops, .self = onchain};
    if (open_purses(onchain) &&
        feerates_open(&onchain->feerates, options->chain, options->chain_config, needs_estimator(options->config)))
        return true;
    onchain_free(onchain);
    *rail = (struct rail){0};
    return false;
}

static void look_for_coins(void *self, const struct btc_block *block, uint32_t height)
{
    struct onchain *onchain = self;
    purse_connect(&onchain->operator, block, height);
    for (uint32_t i = 0; i < onchain->payer_count; i++)
        purse_connect(&onchain->payers[i].purse, block, height);
}

bool onchain_begin(struct rail *rail)
{
    struct onchain *onchain = rail->self;
    if (!chain_visit(onchain->chain, 0, look_for_coins, onchain))
        return false;
    onchain->best_height = chain_height(onchain->chain);
    chain_listen(onchain->chain, &(struct chain_listener){.self = onchain, .on_event = onchain_hear});
    return !onchain->trouble->is_memory_out;
}
