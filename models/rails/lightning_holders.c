/* lightning_holders.c: every millisatoshi to its holder.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_holders.h"

#include "models/rails/lightning_adversary.h"
#include "models/rails/lightning_books.h"
#include "models/rails/lightning_holding.h"
#include "models/rails/lightning_place.h"
#include "models/rails/lightning_public.h"
#include "protocol/bitcoin/amount.h"
#include "protocol/lightning/closing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define DUST_SAT   546 /* BOLT 3, of the largest scripts */
#define LEAST_RATE 253 /* per kilo-weight, that is relayed */

/* Whether an owner has what the books say, give or take what is open. */
static bool agrees(const char *who, uint32_t number, struct holding holding, int64_t due_msat, char *why,
                   size_t why_size)
{
    int64_t off_msat = holding.has_msat - due_msat;
    if (off_msat <= holding.open_msat && -off_msat <= holding.open_msat)
        return true;
    snprintf(why, why_size,
             "%s %" PRIu32 " holds %" PRId64 " msat, by the books %" PRId64 " msat, and %" PRId64 " msat are open", who,
             number, holding.has_msat, due_msat, holding.open_msat);
    return false;
}

static int64_t phone_due_msat(const struct lightning *rail, uint32_t payer)
{
    return rail->stations[rail->phones[payer].node].given_msat +
           ledger_balance_msat(rail->ledger, LEDGER_FIRST_PAYER + payer);
}

static int64_t operator_due_msat(const struct lightning *rail)
{
    int64_t sum_msat = ledger_balance_msat(rail->ledger, LEDGER_OPERATOR) +
                       ledger_balance_msat(rail->ledger, LEDGER_OWED) + rail->forwarded_msat +
                       public_books(rail).kept_msat;
    for (uint32_t i = 0; i < rail->outlet_count; i++)
        sum_msat += rail->stations[rail->outlets[i]].given_msat;
    return rail->hub == HOST_NONE ? sum_msat : sum_msat + rail->stations[rail->hub].given_msat;
}

/* Channels of the operator, but those with phones, that have ended on the chain, so far. */
static int64_t ended_msat(const struct lightning *rail)
{
    return public_standing(rail).ended_msat + rail->ended_inside_msat;
}

/* Closings that the chain has decided and that are not booked yet are open for both who had the channel. */
static bool audit_holders(const struct lightning *rail, char *why, size_t why_size)
{
    struct holding holding = holding_of_operator(rail);
    holding.open_msat += ended_msat(rail) - rail->ended_booked_msat;
    for (uint32_t i = 0; i < rail->payer_count; i++) {
        struct holding his = holding_of_phone(rail, i);
        his.open_msat += rail->phones[i].unsettled_msat;
        holding.open_msat += rail->phones[i].unsettled_msat;
        if (!agrees("payer", i, his, phone_due_msat(rail, i), why, why_size))
            return false;
    }
    return holding_audit_ties(rail, why, why_size) &&
           agrees("operator", 0, holding, operator_due_msat(rail), why, why_size);
}

/* ---- the books -------------------------------------------------------------------------------------------------- */

static int64_t owed_msat(const struct lightning *rail)
{
    int64_t sum_msat = 0;
    for (uint32_t i = 0; i < rail->payer_count; i++)
        sum_msat += rail->phones[i].balance_msat;
    for (size_t i = 0; i < rail->account_count; i++)
        sum_msat += rail->accounts[i].refund_msat;
    for (uint32_t i = 0; i < rail->deposits.limit; i++) {
        const struct deposit *deposit = deposit_at(rail, i);
        sum_msat += deposit->is_credited && !deposit->is_reversed ? deposit->refund_msat : 0;
    }
    for (uint32_t i = 0; i < rail->exchanges.limit; i++) {
        const struct exchange *exchange = exchange_at(rail, i);
        bool is_open = exchange->state != EXCHANGE_TAKEN && exchange->state != EXCHANGE_FAILED;
        if (is_open && exchange->amount_msat + exchange->balance_msat > 0)
            sum_msat += exchange->kind == EXCHANGE_REFUND ? exchange->amount_msat : exchange->balance_msat;
    }
    return sum_msat;
}

bool holders_audit(const void *object, char *why, size_t why_size)
{
    const struct lightning *rail = object;
    struct host_money money;
    int64_t booked_msat = ledger_balance_msat(rail->ledger, LEDGER_OWED), due_msat = owed_msat(rail);
    int64_t in_flight_msat = ledger_balance_msat(rail->ledger, LEDGER_IN_FLIGHT);
    if (booked_msat != due_msat || in_flight_msat != rail->exposure_msat) {
        snprintf(why, why_size,
                 "owed to payers %" PRId64 " msat, in the ledger %" PRId64 " msat; exposure %" PRId64
                 " msat, in flight %" PRId64 " msat",
                 due_msat, booked_msat, rail->exposure_msat, in_flight_msat);
        return false;
    }
    host_money(&money, rail->host);
    if (1000 * money.fees_sat != rail->chain_fee_msat) {
        snprintf(why, why_size, "miners have %" PRId64 " sat, booked were %" PRId64 " msat", money.fees_sat,
                 rail->chain_fee_msat);
        return false;
    }
    return audit_holders(rail, why, why_size);
}

/* Moves what a payer has gained against the books; less than 0: lost. */
static void book_gain(struct lightning *rail, uint32_t payer, size_t other, int64_t gain_msat)
{
    size_t account = LEDGER_FIRST_PAYER + payer;
    if (gain_msat > 0)
        ledger_move(rail->ledger, other, account, gain_msat);
    else
        ledger_move(rail->ledger, account, other, -gain_msat);
}

static void tell_close(struct lightning *rail, int64_t fee_payer_msat, int64_t fee_payee_msat)
{
    lightning_raise(rail, &(struct rail_event){.kind = RAIL_UPKEEP,
                                               .upkeep = RAIL_UPKEEP_CLOSE,
                                               .session = RAIL_NO_SESSION,
                                               .fee_payer_msat = fee_payer_msat,
                                               .fee_payee_msat = fee_payee_msat,
                                               .asked_us = sim_now_us(rail->sim)});
}

/* What nobody spent of the commitment that closed it is worth less than that costs. */
void holders_settle(struct lightning *rail, const struct tie *tie)
{
    uint32_t payer = line_at(rail, tie->line)->payer;
    bool is_openers = rail->stations[tie->opener].role == STATION_PHONE;
    bool is_third = lightning_ledger_account(rail, tie->opener) == LEDGER_PROVIDER;
    int64_t lost_msat = is_third ? 0 : 1000 * host_left_sat(rail->host, &tie->funding);
    ledger_move(rail->ledger, lightning_ledger_account(rail, tie->opener), LEDGER_PROVIDER, lost_msat);
    if (lost_msat > 0)
        tell_close(rail, is_openers ? lost_msat : 0, is_openers ? 0 : lost_msat);
    rail->phones[payer].unsettled_msat += 1000 * tie->capacity_sat;
    holders_look(rail, payer);
}

void holders_look(struct lightning *rail, uint32_t payer)
{
    struct holding holding = holding_of_phone(rail, payer);
    int64_t gain_msat = holding.has_msat - phone_due_msat(rail, payer);
    if (rail->phones[payer].unsettled_msat == 0 || holding.open_msat > 0)
        return;
    rail->phones[payer].unsettled_msat = 0;
    if (gain_msat == 0)
        return;
    bool is_operators = rail->public == NULL; /* else a provider's, who is nobody's concern here */
    bool has_cheated = adversary_has_cheated(rail, payer), is_stolen = gain_msat > 0 && has_cheated && is_operators;
    rail->tally.stolen_msat += is_stolen ? gain_msat : 0;
    rail->tally.penalty_msat += gain_msat < 0 && has_cheated && is_operators ? -gain_msat : 0;
    book_gain(rail, payer, is_operators ? LEDGER_OPERATOR : LEDGER_PROVIDER, gain_msat);
    if (is_stolen)
        lightning_raise(rail, &(struct rail_event){.kind = RAIL_UNDONE,
                                                   .cause = RAIL_CAUSE_REVOKED,
                                                   .session = RAIL_NO_SESSION,
                                                   .amount_msat = gain_msat,
                                                   .asked_us = sim_now_us(rail->sim)});
    else
        tell_close(rail, -gain_msat, is_operators ? gain_msat : 0);
}

/* What that cost or brought is between the operator and strangers: those who forward, miners, whoever takes what is too
 * small to claim. */
void holders_look_abroad(struct lightning *rail)
{
    int64_t now_ended_msat = ended_msat(rail);
    if (now_ended_msat == rail->ended_booked_msat)
        return;
    struct holding holding = holding_of_operator(rail);
    bool is_still = holding.open_msat == 0;
    for (uint32_t i = 0; i < rail->payer_count; i++)
        is_still = is_still && rail->phones[i].unsettled_msat == 0;
    if (!is_still)
        return;
    int64_t gain_msat = holding.has_msat - operator_due_msat(rail);
    rail->ended_booked_msat = now_ended_msat;
    if (gain_msat > 0)
        ledger_move(rail->ledger, LEDGER_PROVIDER, LEDGER_OPERATOR, gain_msat);
    else
        ledger_move(rail->ledger, LEDGER_OPERATOR, LEDGER_PROVIDER, -gain_msat);
    tell_close(rail, 0, -gain_msat);
}

/* ---- what it says of itself ------------------------------------------------------------------------------------- */

static bool can_send(const struct lightning *rail, uint32_t node, uint32_t far, int64_t amount_msat)
{
    enum place_reach reach = place_reach(rail, node, far, amount_msat);
    return reach == PLACE_REACHES || reach == PLACE_UNKNOWN;
}

/* Of all pairs: the payer's channels to the outlet, or to a node that others are reached over; the hub's to it. */
static double able_share(const struct lightning *rail)
{
    uint32_t able = 0;
    int64_t amount_msat = rail->tally.orders == 0 ? 0 : (int64_t)(rail->tally.order_msat / (double)rail->tally.orders);
    for (uint32_t k = 0; k < rail->outlet_count; k++) {
        bool is_reached = rail->hub == HOST_NONE || can_send(rail, rail->hub, rail->outlets[k], amount_msat);
        for (uint32_t i = 0; i < rail->payer_count && is_reached; i++)
            able += can_send(rail, rail->phones[i].node, place_far(rail, k), amount_msat);
    }
    return rail->tally.orders == 0 ? NAN : (double)able / ((double)rail->payer_count * rail->outlet_count);
}

/* What closing a channel by agreement would take now: an output for each end that has more than dust. */
static uint32_t closing_wu(const struct ln_node_channel *entry)
{
    size_t scripts[2];
    for (int side = 0; side < 2; side++)
        scripts[side] = entry->channel.settled_msat[side] >= 1000 * DUST_SAT ? BTC_P2WPKH_BYTES : 0;
    return ln_closing_weight_wu(scripts[0], scripts[1]);
}

/* Who opened it pays. */
static void add_closings(struct rail_report *report, const struct lightning *rail)
{
    for (uint32_t i = 0; i < rail->ties.limit; i++) {
        const struct tie *tie = tie_at(rail, i);
        const struct ln_node_channel *entry = tie->capacity_sat == 0 ? NULL : place_entry(rail, tie, 0);
        bool is_open = entry != NULL && tie->was_ready && tie->state != TIE_SPENT;
        if (!is_open || lightning_ledger_account(rail, tie->opener) == LEDGER_PROVIDER)
            continue;
        uint32_t rate = host_look(rail->host, tie->opener)->rates.normal_sat_per_kwu;
        uint32_t weight_wu = closing_wu(entry);
        report->closing_wu += weight_wu;
        report->closing_msat += 1000 * btc_amount_fee_up(weight_wu, rate < LEAST_RATE ? LEAST_RATE : rate);
    }
}

void holders_report(const void *object, struct rail_report *report)
{
    const struct lightning *rail = object;
    int64_t now_us = sim_now_us(rail->sim);
    report->parties_trusted = 0;
    report->pairs_able_share = able_share(rail);
    report->pairs_open_share = rail->public == NULL ? 0 : report->pairs_able_share; /* over strangers' channels */
    report->liquidity_msat = (double)rail->tally.capacity_msat;
    report->has_channels = true;
    report->channels_msat_us =
        rail->tally.msat_us + (double)rail->tally.capacity_msat * (double)(now_us - rail->tally.at_us);
    report->channels_opened = rail->tally.opened;
    report->closed_together = rail->tally.together;
    report->closed_by_force = rail->tally.by_force;
    report->closed_by_penalty = rail->tally.by_penalty;
    add_closings(report, rail);
    report->penalty_msat = rail->tally.penalty_msat;
    report->stolen_msat = rail->tally.stolen_msat;
    if (rail->hub != HOST_NONE) {
        const struct device *device = host_device(rail->host, rail->hub);
        report->uses[RAIL_RESOURCE_HUB] = (struct rail_use){.used = (double)device->busy_ns / 1000, .per_s = 1e6};
    }
}
