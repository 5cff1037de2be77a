/* lightning_deposit.c: an order that is held in slices.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_deposit.h"

#include "models/rails/lightning_books.h"

#include <assert.h>

#define EARLY_BLOCKS 30 /* before the node would give the HTLCs back by itself */

/* ---- coming and going ------------------------------------------------------------------------------------------- */

uint32_t deposit_new(struct lightning *rail, const struct rail_order *order)
{
    struct account *account = &rail->accounts[order->session];
    uint32_t number = slab_take(&rail->deposits);
    if (number == SLAB_NONE) {
        trouble_memory(rail->trouble);
        return number;
    }
    *deposit_at(rail, number) = (struct deposit){.session = order->session,
                                                 .number = order->payment,
                                                 .next = account->first_deposit,
                                                 .amount_msat = order->amount_msat,
                                                 .asked_us = sim_now_us(rail->sim)};
    account->first_deposit = number;
    return number;
}

int64_t deposit_slice_msat(int64_t amount_msat, uint32_t i, uint32_t n)
{
    int64_t above_msat = amount_msat;
    for (uint32_t k = 0; k < i; k++)
        above_msat -= above_msat / 2;
    return i + 1 == n ? above_msat : above_msat / 2;
}

void deposit_drop(struct lightning *rail, uint32_t number)
{
    struct deposit *deposit = deposit_at(rail, number);
    if (deposit->open_count > 0)
        return;
    uint32_t *place = &rail->accounts[deposit->session].first_deposit;
    while (*place != number)
        place = &deposit_at(rail, *place)->next;
    *place = deposit->next;
    slab_return(&rail->deposits, number);
}

/* ---- deciding --------------------------------------------------------------------------------------------------- */

static bool is_held(const struct deposit *deposit)
{
    return deposit->is_credited && !deposit->is_decided && !deposit->is_reversed;
}

static int64_t smaller_msat(const struct lightning *rail, const struct deposit *deposit, uint32_t from)
{
    int64_t sum_msat = 0;
    for (uint32_t i = from; i < deposit->slice_count; i++)
        sum_msat += exchange_at(rail, deposit->slices[i])->amount_msat;
    return sum_msat;
}

/* From the largest on: one that all smaller ones together cannot stand for is settled. */
static void decide(struct lightning *rail, struct deposit *deposit)
{
    int64_t need_msat = deposit->amount_msat - deposit->refund_msat;
    deposit->is_decided = true;
    for (uint32_t i = 0; i < deposit->slice_count; i++) {
        uint32_t slice = deposit->slices[i];
        if (need_msat > smaller_msat(rail, deposit, i + 1)) {
            need_msat -= exchange_at(rail, slice)->amount_msat;
            exchange_settle(rail, slice);
        } else {
            exchange_cancel(rail, slice);
        }
    }
}

void deposit_decide(struct lightning *rail, uint32_t session)
{
    for (uint32_t i = rail->accounts[session].first_deposit; i != SLAB_NONE; i = deposit_at(rail, i)->next) {
        if (is_held(deposit_at(rail, i)))
            decide(rail, deposit_at(rail, i));
    }
}

void deposit_block(struct lightning *rail, uint32_t height)
{
    for (uint32_t i = 0; i < rail->deposits.limit; i++) {
        struct deposit *deposit = deposit_at(rail, i);
        bool is_late = deposit->held_height + rail->config->deposit_blocks < height + EARLY_BLOCKS;
        if (deposit->slice_count > 0 && is_held(deposit) && is_late)
            decide(rail, deposit);
    }
}

int64_t deposit_refund(struct lightning *rail, uint32_t session, int64_t amount_msat)
{
    int64_t taken_msat = 0;
    for (uint32_t i = rail->accounts[session].first_deposit; i != SLAB_NONE; i = deposit_at(rail, i)->next) {
        struct deposit *deposit = deposit_at(rail, i);
        int64_t left_msat = deposit->amount_msat - deposit->refund_msat, rest_msat = amount_msat - taken_msat;
        int64_t part_msat = !is_held(deposit) ? 0 : rest_msat < left_msat ? rest_msat : left_msat;
        deposit->refund_msat += part_msat;
        taken_msat += part_msat;
    }
    return taken_msat;
}

/* ---- what comes of slices --------------------------------------------------------------------------------------- */

/* One slice has ended. */
static void end_slice(struct deposit *deposit, uint32_t exchange)
{
    deposit->open_count--;
    for (uint32_t i = 0; i < deposit->slice_count; i++) {
        if (deposit->slices[i] == exchange)
            deposit->slices[i] = SLAB_NONE;
    }
}

/* Those that are held go back at once, the others when they are. */
static void cancel_rest(struct lightning *rail, const struct deposit *deposit)
{
    for (uint32_t i = 0; i < deposit->slice_count; i++) {
        uint32_t slice = deposit->slices[i];
        if (slice != SLAB_NONE && exchange_at(rail, slice)->state == EXCHANGE_HELD)
            exchange_cancel(rail, slice);
    }
}

static enum deposit_news lost(struct lightning *rail, struct deposit *deposit, const struct exchange *exchange)
{
    if (deposit->is_decided)
        return deposit->open_count == 0 ? DEPOSIT_OVER : DEPOSIT_NOTHING;
    bool was_over = deposit->is_failed || deposit->is_reversed;
    deposit->cause = was_over ? deposit->cause : exchange->cause;
    deposit->is_reversed = deposit->is_credited;
    deposit->is_failed = !deposit->is_credited;
    cancel_rest(rail, deposit);
    if (was_over)
        return DEPOSIT_NOTHING;
    return deposit->is_credited ? DEPOSIT_REVERSED : DEPOSIT_FAILED;
}

static enum deposit_news held(struct lightning *rail, struct deposit *deposit, uint32_t exchange)
{
    if (deposit->is_failed || deposit->is_reversed) {
        exchange_cancel(rail, exchange);
        return DEPOSIT_NOTHING;
    }
    if (++deposit->held_count < deposit->slice_count)
        return DEPOSIT_NOTHING;
    deposit->is_credited = true;
    deposit->held_height = host_height(rail->host);
    return DEPOSIT_HELD;
}

enum deposit_news deposit_hear(struct lightning *rail, uint32_t number, enum exchange_outcome outcome)
{
    const struct exchange *exchange = exchange_at(rail, number);
    struct deposit *deposit = deposit_at(rail, exchange->order);
    switch (outcome) {
    case EXCHANGE_IS_HELD:
        return held(rail, deposit, number);
    case EXCHANGE_IS_TAKEN:
        end_slice(deposit, number);
        deposit->taken_msat += exchange->amount_msat;
        deposit->fee_msat += exchange->fee_msat;
        return deposit->open_count == 0 ? DEPOSIT_OVER : DEPOSIT_NOTHING;
    case EXCHANGE_IS_LOST:
        end_slice(deposit, number);
        return lost(rail, deposit, exchange);
    case EXCHANGE_NOTHING:
    case EXCHANGE_IS_UNDONE: /* as its end was booked, so it stays; the loss comes on top */
        break;
    }
    return DEPOSIT_NOTHING;
}
