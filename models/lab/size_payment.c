/* size_payment.c: payments of a wallet, of the older kind, and into a channel.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/lab/size.h"

#include "models/chain/room.h"
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/wallet.h"
#include "protocol/lightning/scripts.h"

#include <string.h>

#define COIN_SAT         1000000
#define PAID_SAT         300000
#define FEE_SAT          2260
#define RATE_SAT_PER_KWU 2500
#define DUST_SAT_PER_KWU 750

/* A coin that the script owns, in a transaction of somebody else. */
static bool give(struct btc_tx *tx, struct btc_arena *arena, struct btc_bytes script)
{
    *tx = (struct btc_tx){.version = 2, .input_count = 1, .output_count = 1};
    tx->inputs = btc_arena_take(arena, 1, sizeof *tx->inputs);
    tx->outputs = btc_arena_take(arena, 1, sizeof *tx->outputs);
    if (tx->inputs == NULL || tx->outputs == NULL)
        return false;
    memset(tx->inputs[0].previous.txid, 1, sizeof tx->inputs[0].previous.txid);
    tx->inputs[0].sequence = BTC_SEQUENCE_NO_RBF;
    tx->outputs[0] = (struct btc_output){COIN_SAT, script};
    return true;
}

/* A key made of a number. */
static bool make_key(struct size_tools *tools, uint8_t secret[32], uint8_t public_key[33], uint8_t number)
{
    memset(secret, number + 1, 32);
    return btc_pubkey_wire_from_secret(&tools->curve, public_key, secret);
}

/* The output of a channel that two keys own. In: script, room for it. */
static bool make_funding(uint8_t script[BTC_P2WSH_BYTES], struct size_tools *tools)
{
    uint8_t secret[32], keys[2][33], hash[32], funding[LN_FUNDING_SCRIPT_BYTES];
    if (!make_key(tools, secret, keys[0], 0) || !make_key(tools, secret, keys[1], 1))
        return false;
    ln_script_funding(funding, keys[0], keys[1]);
    btc_sha256(hash, funding, sizeof funding);
    btc_script_p2wsh(script, hash);
    return true;
}

/* Whom the wallet pays: a key, or a channel. */
static bool make_script(uint8_t script[BTC_P2WSH_BYTES], struct size_tools *tools)
{
    uint8_t hash[20];
    if (tools->config->transaction == LAB_FUNDING)
        return make_funding(script, tools);
    memset(hash, 7, sizeof hash);
    btc_script_p2wpkh(script, hash);
    return true;
}

static const char *pay(struct sized *sized, struct size_tools *tools, struct btc_wallet *wallet)
{
    struct btc_tx gift;
    struct btc_wallet_payment payment;
    int transaction = tools->config->transaction;
    uint8_t *own = btc_arena_take(&tools->arena, BTC_P2WPKH_BYTES, 1);
    uint8_t *script = btc_arena_take(&tools->arena, BTC_P2WSH_BYTES, 1);
    if (own == NULL || script == NULL || !btc_wallet_new_script(wallet, own) ||
        !give(&gift, &tools->arena, btc_bytes(own, BTC_P2WPKH_BYTES)) || !btc_wallet_see(wallet, &gift, 1) ||
        !make_script(script, tools))
        return "the wallet has no memory";
    const struct btc_output output = {
        PAID_SAT + tools->variant, btc_bytes(script, transaction == LAB_FUNDING ? BTC_P2WSH_BYTES : BTC_P2WPKH_BYTES)};
    const struct btc_wallet_plan plan = {.payments = &output,
                                         .payment_count = transaction == LAB_P2WPKH_1_1 ? 0 : 1, /* 0: all is change */
                                         .rate_sat_per_kwu = RATE_SAT_PER_KWU + tools->variant,
                                         .dust_sat_per_kwu = DUST_SAT_PER_KWU,
                                         .sequence = BTC_SEQUENCE_NO_RBF,
                                         .sign_mode = BTC_SIGN_PLAIN};
    if (btc_wallet_pay(&payment, wallet, &tools->arena, &tools->scratch, &plan) != BTC_WALLET_OK)
        return "the wallet cannot pay";
    sized->tx = payment.tx;
    sized->spent = gift.outputs[0];
    return NULL;
}

static const char *pay_from_wallet(struct sized *sized, struct size_tools *tools)
{
    static const char SEED[] = "a payer of the laboratory";
    const struct btc_wallet_setup setup = {
        .network = BTC_REGTEST, .seed = btc_bytes(SEED, sizeof SEED - 1), .allocator = &room_allocator};
    struct btc_wallet wallet;
    if (!btc_wallet_init(&wallet, &tools->curve, &setup))
        return "the wallet has no memory";
    const char *wrong = pay(sized, tools, &wallet);
    btc_wallet_close(&wallet);
    return wrong;
}

/* Signature and key, the only input's scriptSig. */
static bool sign_p2pkh(struct btc_tx *tx, struct size_tools *tools, const uint8_t secret[32], struct btc_bytes key)
{
    uint8_t hash[32], item[BTC_MAX_SIGNATURE_ITEM];
    const struct btc_signer signer = {&tools->curve, secret, key.data, BTC_SIGN_PLAIN};
    const struct btc_sighash_what what = {
        .tx = tx, .input = 0, .type = BTC_SIGHASH_ALL, .script_code = tx->outputs[1].script};
    btc_sighash_legacy(hash, &what);
    size_t length = btc_sign_item(item, &signer, hash, BTC_SIGHASH_ALL), room = 2 + sizeof item + key.length;
    uint8_t *bytes = btc_arena_take(&tools->arena, room, 1);
    if (length == 0 || bytes == NULL)
        return false;
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, room);
    btc_script_push(&writer, btc_bytes(item, length));
    btc_script_push(&writer, key);
    tx->inputs[0].script = btc_writer_view(&writer);
    return true;
}

/* As wallets of 2018 paid: the change goes back to the key that the coin came from. */
static const char *pay_p2pkh(struct sized *sized, struct size_tools *tools)
{
    struct btc_tx gift, *tx = &sized->tx;
    uint8_t secret[32], key[33], hash[20];
    uint8_t *own = btc_arena_take(&tools->arena, BTC_P2PKH_BYTES, 1);
    uint8_t *others = btc_arena_take(&tools->arena, BTC_P2PKH_BYTES, 1);
    if (own == NULL || others == NULL || !make_key(tools, secret, key, 0))
        return "memory is out";
    btc_hash160(hash, key, sizeof key);
    btc_script_p2pkh(own, hash);
    memset(hash, 7, sizeof hash);
    btc_script_p2pkh(others, hash);
    if (!give(&gift, &tools->arena, btc_bytes(own, BTC_P2PKH_BYTES)) ||
        !give(tx, &tools->arena, gift.outputs[0].script))
        return "memory is out";
    tx->version = 1;
    btc_txid(tx->inputs[0].previous.txid, &gift);
    tx->output_count = 2;
    tx->outputs = btc_arena_take(&tools->arena, 2, sizeof *tx->outputs);
    if (tx->outputs == NULL)
        return "memory is out";
    int64_t paid_sat = PAID_SAT + tools->variant;
    tx->outputs[0] = (struct btc_output){paid_sat, btc_bytes(others, BTC_P2PKH_BYTES)};
    tx->outputs[1] = (struct btc_output){COIN_SAT - paid_sat - FEE_SAT, btc_bytes(own, BTC_P2PKH_BYTES)};
    sized->spent = gift.outputs[0];
    return sign_p2pkh(tx, tools, secret, btc_bytes(key, sizeof key)) ? NULL : "memory is out";
}

const char *size_payment(struct sized *sized, struct size_tools *tools)
{
    return tools->config->transaction == LAB_P2PKH_1_2 ? pay_p2pkh(sized, tools) : pay_from_wallet(sized, tools);
}
