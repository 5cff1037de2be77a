/* faucet.c: where own money comes from.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/faucet.h"

#include "models/calendar.h"
#include "models/chain/assemble.h"
#include "models/chain/room.h"
#include "protocol/bitcoin/amount.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SPACING_US       (600 * SECOND_US)
#define COINBASE_SAT     (50 * BTC_COIN_SAT)
#define RESERVE_SAT      (1000 * BTC_COIN_SAT) /* for chain_faucet_pay, and for fees */
#define RIPEN_BLOCKS     BTC_COINBASE_MATURITY
#define TOP_BLOCKS       6
#define TXS_PER_BLOCK    400u /* of 64 outputs, about 2,100 vB each */
#define RATE_SAT_PER_KWU 250
#define DUST_SAT_PER_KWU 750
#define ARENA_BYTES      (1u << 20)
#define KEY              UINT64_C(0xfa0ce7000000000) /* names the draws of the faucet's payments */

static const struct btc_salt SALT = {{0x6b6f6e73656e746f, 4}};

/* ---- the wallet follows the chain ------------------------------------------------------------------------------ */

static bool is_ours(const struct chain *chain, uint32_t tx)
{
    return tx != CHAIN_NONE && (own_at(&chain->own, tx)->seen.key & ~UINT64_C(0xffffffff)) == KEY;
}

static void follow(void *self, const struct chain_event *event)
{
    struct chain *chain = self;
    struct btc_wallet *wallet = &chain->faucet.wallet;
    bool is_done = true;
    switch (event->kind) {
    case CHAIN_EVENT_CONNECT:
        is_done = btc_wallet_connect(wallet, event->block, event->height);
        break;
    case CHAIN_EVENT_DISCONNECT:
        btc_wallet_disconnect(wallet, event->block, event->height);
        break;
    case CHAIN_EVENT_REFUSED:
    case CHAIN_EVENT_REPLACED:
    case CHAIN_EVENT_LOST:
    case CHAIN_EVENT_EVICTED:
    case CHAIN_EVENT_EXPIRED:
    case CHAIN_EVENT_DROPPED:
        if (is_ours(chain, event->tx))
            btc_wallet_forget(wallet, own_at(&chain->own, event->tx)->seen.txid);
        break;
    case CHAIN_EVENT_SEEN:
    case CHAIN_EVENT_CONFLICT:
    case CHAIN_EVENT_DEPTH:
    case CHAIN_EVENT_REORG:
    case CHAIN_EVENT_PREMINED:
    case CHAIN_EVENT_RELEASED:
    case CHAIN_EVENT_GAVE_UP:
        break;
    }
    if (!is_done)
        trouble_memory(chain->trouble);
}

bool faucet_open(struct chain *chain)
{
    static const char SEED[] = "konsento: the faucet of a chain";
    const struct btc_wallet_setup setup = {
        .network = BTC_REGTEST, .seed = btc_bytes(SEED, sizeof SEED - 1), .salt = SALT, .allocator = &room_allocator};
    struct faucet *faucet = &chain->faucet;
    faucet->is_open = btc_wallet_init(&faucet->wallet, &chain->branch.curve, &setup);
    if (!faucet->is_open || !btc_wallet_new_script(&faucet->wallet, faucet->script) ||
        !room_reserve(&faucet->arena, ARENA_BYTES))
        return false;
    chain_listen(chain, &(struct chain_listener){chain, follow});
    return true;
}

void faucet_close(struct chain *chain)
{
    struct faucet *faucet = &chain->faucet;
    if (faucet->is_open)
        btc_wallet_close(&faucet->wallet);
    for (uint32_t i = 0; i < faucet->asked_count; i++)
        free((void *)(uintptr_t)faucet->asked[i].script.data);
    free(faucet->asked);
    room_free(&faucet->arena);
}

void chain_fund(struct chain *chain, struct btc_bytes script, int64_t value_sat)
{
    struct faucet *faucet = &chain->faucet;
    assert(!chain->is_begun && value_sat > 0 && value_sat <= CHAIN_FUND_MAX_SAT - faucet->asked_sat);
    assert(script.length > 0);
    if (faucet->asked_count == faucet->asked_capacity) {
        uint32_t capacity = faucet->asked_capacity == 0 ? 64 : 2 * faucet->asked_capacity;
        struct btc_output *asked = realloc(faucet->asked, capacity * sizeof *asked);
        if (asked == NULL) {
            trouble_memory(chain->trouble);
            return;
        }
        faucet->asked = asked;
        faucet->asked_capacity = capacity;
    }
    uint8_t *copy = malloc(script.length);
    if (copy == NULL) {
        trouble_memory(chain->trouble);
        return;
    }
    memcpy(copy, script.data, script.length);
    faucet->asked[faucet->asked_count++] = (struct btc_output){value_sat, btc_bytes(copy, script.length)};
    faucet->asked_sat += value_sat;
}

/* ---- a payment ------------------------------------------------------------------------------------------------- */

/* Returns the payment as a new own transaction, CHAIN_NONE if that does not work (memory out is told). */
static uint32_t pay(struct chain *chain, const struct btc_output *payments, uint32_t count, uint32_t rate_sat_per_kwu)
{
    struct faucet *faucet = &chain->faucet;
    struct btc_wallet_payment payment;
    const struct btc_wallet_plan plan = {.payments = payments,
                                         .payment_count = count,
                                         .rate_sat_per_kwu = rate_sat_per_kwu,
                                         .dust_sat_per_kwu = DUST_SAT_PER_KWU,
                                         .source = BTC_WALLET_OWN_CHANGE,
                                         .sequence = BTC_SEQUENCE_NO_RBF};
    faucet->arena.used = 0;
    enum btc_wallet_error error = btc_wallet_pay(&payment, &faucet->wallet, &faucet->arena, &faucet->arena, &plan);
    if (error == BTC_WALLET_NO_MEMORY)
        trouble_memory(chain->trouble);
    if (error != BTC_WALLET_OK)
        return CHAIN_NONE;
    uint32_t tx = own_add(&chain->own, &payment.tx);
    if (tx == CHAIN_NONE || !btc_wallet_see(&faucet->wallet, &payment.tx, BTC_WALLET_UNCONFIRMED)) {
        trouble_memory(chain->trouble);
        return CHAIN_NONE;
    }
    struct chain_tx *seen = &own_at(&chain->own, tx)->seen;
    seen->fee_sat = payment.fee_sat;
    seen->key = KEY | (faucet->paid_count++ & UINT32_MAX);
    return tx;
}

uint32_t chain_faucet_pay(struct chain *chain, struct btc_bytes script, int64_t value_sat, uint32_t rate_sat_per_kwu)
{
    const struct btc_output output = {value_sat, script};
    if (chain->trouble->is_memory_out)
        return CHAIN_NONE;
    uint32_t tx = pay(chain, &output, 1, rate_sat_per_kwu);
    if (tx != CHAIN_NONE)
        chain_submit(chain, &(struct chain_order){.tx = &own_at(&chain->own, tx)->seen.tx,
                                                  .origin = CHAIN_GOSSIP,
                                                  .key = own_at(&chain->own, tx)->seen.key});
    return tx;
}

/* ---- before time 0 --------------------------------------------------------------------------------------------- */

/* Mines one block. blocks_left: until time 0, this one included. Returns false in trouble (told). */
static bool mine(struct chain *chain, uint32_t blocks_left, struct btc_bytes payout, const uint32_t *txs,
                 uint32_t count)
{
    enum btc_block_error error;
    struct assemble_order order = {.parent = chain->best,
                                   .miner = TREE_NONE,
                                   .found_us = -(int64_t)blocks_left * SPACING_US,
                                   .payout = payout,
                                   .given = txs,
                                   .given_count = count};
    uint32_t node = assemble_block(chain, &error, NULL, &order);
    assert(node != TREE_NONE || error == BTC_BLOCK_NO_MEMORY);
    struct btc_block block;
    if (node == TREE_NONE || !branch_read(&chain->branch, &block, &chain->page, node))
        return false;
    struct tree_node *made = tree_at(&chain->tree, node);
    made->is_public = true;
    for (uint32_t i = 0; i < chain_zone_count(chain); i++)
        made->arrival_us[i] = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct own_tx *own = own_at(&chain->own, txs[i]);
        own->seen.state = CHAIN_TX_MINED;
        own->seen.height = made->height;
        own->seen.seen_us = own->seen.sent_us = 0;
        own->reported_depth = chain->config->watch_blocks;
    }
    chain->best = node;
    if (btc_wallet_connect(&chain->faucet.wallet, &block, made->height))
        return true;
    trouble_memory(chain->trouble);
    return false;
}

/* Turns what was asked for into transactions, then into blocks. */
static bool mine_payments(struct chain *chain, uint32_t blocks_left)
{
    struct faucet *faucet = &chain->faucet;
    uint32_t txs[TXS_PER_BLOCK], count = 0;
    for (uint32_t done = 0; done < faucet->asked_count;) {
        uint32_t part = faucet->asked_count - done;
        part = part < BTC_MAX_WALLET_PAYMENTS ? part : BTC_MAX_WALLET_PAYMENTS;
        txs[count] = pay(chain, faucet->asked + done, part, RATE_SAT_PER_KWU);
        if (txs[count] == CHAIN_NONE) {
            trouble_fail(chain->trouble, "chain: the faucet cannot pay what was asked for: too small, or too many");
            return false;
        }
        if (!own_link(&chain->own, txs[count++])) {
            trouble_memory(chain->trouble);
            return false;
        }
        done += part;
        if ((count == TXS_PER_BLOCK || done == faucet->asked_count)) {
            if (!mine(chain, blocks_left--, btc_bytes(NULL, 0), txs, count))
                return false;
            count = 0;
        }
    }
    return true;
}

static uint32_t payment_blocks(const struct faucet *faucet)
{
    uint32_t txs = (faucet->asked_count + BTC_MAX_WALLET_PAYMENTS - 1) / BTC_MAX_WALLET_PAYMENTS;
    return (txs + TXS_PER_BLOCK - 1) / TXS_PER_BLOCK;
}

void faucet_mine(struct chain *chain)
{
    struct faucet *faucet = &chain->faucet;
    uint32_t coinbases = (uint32_t)((faucet->asked_sat + RESERVE_SAT + COINBASE_SAT - 1) / COINBASE_SAT);
    uint32_t after = payment_blocks(faucet) + TOP_BLOCKS, left = coinbases + RIPEN_BLOCKS + after;
    struct btc_bytes script = btc_bytes(faucet->script, sizeof faucet->script);
    assert(coinbases < btc_regtest_rules.halving_blocks);
    for (; left > after; left--)
        if (!mine(chain, left, left > after + RIPEN_BLOCKS ? script : btc_bytes(NULL, 0), NULL, 0))
            return;
    if (!mine_payments(chain, left))
        return;
    for (left = TOP_BLOCKS; left > 0; left--)
        if (!mine(chain, left, btc_bytes(NULL, 0), NULL, 0))
            return;
}
