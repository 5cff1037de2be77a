/* onchain_draft.c: a transaction that claims outs, being made.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_draft.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/policy.h"
#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/sign.h"

#define REPLACEABLE   (BTC_SEQUENCE_NO_RBF - 1)
#define DUST_RATE     750 /* sat/kwu: what Bitcoin Core relays by, 3 sat/vB */
#define LONGEST_BYTES 72  /* of a signature with a low S, and its type */

enum part_kind {
    PART_SECOND,
    PART_OUT,
    PART_COIN,
};

struct ln_draft_part {
    enum part_kind kind;
    int64_t value_sat;
    struct ln_spend spend;
    struct ln_htlc_tx second;
    const struct ln_onchain_htlc *htlc;
    const struct ln_onchain_coin *coin;
    uint8_t coin_script[BTC_P2PKH_BYTES];
    struct btc_bytes witness[5];
    uint8_t signatures[2][LN_DER_SIGNATURE_BYTES];
};

/* ---- adding ---- */

bool ln_draft_begin(struct ln_draft *draft, const struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                    uint32_t inputs)
{
    memset(draft, 0, sizeof *draft);
    draft->onchain = onchain;
    draft->tools = tools;
    draft->capacity = inputs;
    draft->tx.version = 2;
    draft->parts = btc_arena_take(tools->scratch, inputs, sizeof *draft->parts);
    draft->tx.inputs = btc_arena_take(tools->scratch, inputs, sizeof *draft->tx.inputs);
    draft->tx.outputs = btc_arena_take(tools->scratch, inputs + 1, sizeof *draft->tx.outputs);
    return draft->parts != NULL && draft->tx.inputs != NULL && draft->tx.outputs != NULL;
}

static struct ln_draft_part *add(struct ln_draft *draft, enum part_kind kind, const struct btc_outpoint *outpoint,
                                 int64_t value_sat, uint32_t sequence)
{
    assert(draft->tx.input_count < draft->capacity && !draft->sweeps);
    struct ln_draft_part *part = &draft->parts[draft->tx.input_count];
    memset(part, 0, sizeof *part);
    part->kind = kind;
    part->value_sat = value_sat;
    draft->tx.inputs[draft->tx.input_count++] =
        (struct btc_input){.previous = *outpoint, .sequence = sequence, .witness = part->witness};
    draft->in_sat += value_sat;
    draft->claim_sat += kind == PART_COIN ? 0 : value_sat;
    return part;
}

static void set_count(struct ln_draft *draft, uint32_t count)
{
    draft->tx.inputs[draft->tx.input_count - 1].witness_count = count;
}

bool ln_draft_add_second(struct ln_draft *draft, const struct ln_out *out)
{
    const struct ln_onchain *onchain = draft->onchain;
    const struct ln_onchain_terms *terms = &onchain->terms;
    assert(draft->tx.output_count == draft->tx.input_count && out->htlc < onchain->htlc_count);
    const struct ln_onchain_htlc *htlc = &onchain->htlcs[out->htlc];
    struct ln_draft_part *part = add(draft, PART_SECOND, &out->outpoint, out->value_sat, 0);
    part->htlc = htlc;
    struct ln_htlc_spend spend = {.terms = {terms->form, terms->feerate_sat_per_kwu, terms->dust_limit_sat},
                                  .outpoint = out->outpoint,
                                  .htlc = &htlc->htlc,
                                  .keys = &onchain->derived.keys,
                                  .to_self_delay_blocks = terms->delay_blocks[LN_US]};
    spend.script = btc_bytes(part->spend.bytes, ln_onchain_htlc_script(part->spend.bytes, onchain, htlc));
    ln_htlc_tx_init(&part->second, &spend);
    draft->tx.inputs[draft->tx.input_count - 1].sequence = part->second.input.sequence;
    draft->tx.outputs[draft->tx.output_count++] = part->second.output;
    draft->tx.locktime = part->second.tx.locktime;
    draft->out_sat += part->second.output.value_sat;
    bool received = htlc->htlc.side == LN_HTLC_RECEIVED;
    part->witness[0] = btc_bytes(NULL, 0);
    part->witness[1] = btc_bytes(part->signatures[0], LONGEST_BYTES);
    part->witness[2] = btc_bytes(part->signatures[1], LONGEST_BYTES);
    part->witness[3] = btc_bytes(htlc->preimage, received ? 32 : 0);
    part->witness[4] = spend.script;
    set_count(draft, 5);
    return ln_keyring_htlc_secret(draft->tools->backend, &onchain->keyring, part->spend.secret, onchain->point);
}

bool ln_draft_add_out(struct ln_draft *draft, const struct ln_out *out, uint32_t locktime)
{
    uint32_t count = 0;
    struct ln_draft_part *part = add(draft, PART_OUT, &out->outpoint, out->value_sat, 0);
    if (!ln_onchain_spend(&part->spend, draft->onchain, draft->tools, out)) {
        return false;
    }
    draft->tx.inputs[draft->tx.input_count - 1].sequence = part->spend.sequence;
    draft->tx.locktime = locktime > draft->tx.locktime ? locktime : draft->tx.locktime;
    part->witness[count++] = btc_bytes(part->signatures[0], LONGEST_BYTES);
    if (part->spend.has_middle) {
        part->witness[count++] = part->spend.middle;
    }
    if (!part->spend.p2wpkh) {
        part->witness[count++] = part->spend.script;
    }
    set_count(draft, count);
    return true;
}

void ln_draft_add_coin(struct ln_draft *draft, const struct ln_onchain_coin *coin)
{
    uint8_t hash[20];
    struct ln_draft_part *part = add(draft, PART_COIN, &coin->outpoint, coin->value_sat, REPLACEABLE);
    part->coin = coin;
    btc_hash160(hash, coin->public_key, 33);
    btc_script_p2pkh(part->coin_script, hash);
    part->witness[0] = btc_bytes(part->signatures[0], LONGEST_BYTES);
    part->witness[1] = btc_bytes(coin->public_key, 33);
    set_count(draft, 2);
}

void ln_draft_drop_coins(struct ln_draft *draft, uint32_t inputs)
{
    assert(!draft->sweeps);
    while (draft->tx.input_count > inputs) {
        const struct ln_draft_part *part = &draft->parts[--draft->tx.input_count];
        assert(part->kind == PART_COIN);
        draft->in_sat -= part->value_sat;
    }
}

void ln_draft_sweep(struct ln_draft *draft)
{
    const struct ln_onchain_terms *terms = &draft->onchain->terms;
    assert(!draft->sweeps);
    draft->sweeps = true;
    draft->tx.outputs[draft->tx.output_count++] =
        (struct btc_output){.script = btc_bytes(terms->sweep, terms->sweep_length)};
}

/* ---- reckoning ---- */

uint32_t ln_draft_weight_wu(const struct ln_draft *draft)
{
    return btc_tx_weight_wu(&draft->tx);
}

int64_t ln_draft_dust_sat(const struct ln_draft *draft)
{
    const struct ln_onchain_terms *terms = &draft->onchain->terms;
    struct btc_output output = {.script = btc_bytes(terms->sweep, terms->sweep_length)};
    return btc_dust_limit_sat(&output, DUST_RATE);
}

/* ---- signing ---- */

static bool put_signature(struct ln_draft *draft, struct btc_bytes *item, uint8_t der[LN_DER_SIGNATURE_BYTES],
                          const uint8_t compact[64], uint32_t type)
{
    struct btc_signature signature;
    const struct btc_curve *curve = draft->tools->backend->curve;
    if (!btc_signature_read(curve, &signature, compact)) {
        return false;
    }
    *item = btc_bytes(der, ln_signature_der(curve, der, &signature, type));
    return true;
}

static bool sign_coin(struct ln_draft *draft, struct ln_draft_part *part, const uint8_t hash[32])
{
    const struct btc_curve *curve = draft->tools->backend->curve;
    struct btc_signature signature;
    if (!btc_ecdsa_sign(curve, &signature, hash, part->coin->secret, BTC_SIGN_PLAIN)) {
        return false;
    }
    size_t length = ln_signature_der(curve, part->signatures[0], &signature, BTC_SIGHASH_ALL);
    part->witness[0] = btc_bytes(part->signatures[0], length);
    return true;
}

static bool sign(struct ln_draft *draft, uint32_t input, const struct btc_sighash_cache *cache)
{
    struct ln_draft_part *part = &draft->parts[input];
    struct btc_sighash_what what = {.tx = &draft->tx,
                                    .input = input,
                                    .type = BTC_SIGHASH_ALL,
                                    .script_code = part->spend.script,
                                    .value_sat = part->value_sat,
                                    .cache = cache};
    uint8_t hash[32];
    uint8_t compact[64];
    const struct ln_backend *backend = draft->tools->backend;
    if (part->kind == PART_COIN) {
        what.script_code = btc_bytes(part->coin_script, BTC_P2PKH_BYTES);
    } else if (part->kind == PART_SECOND) {
        what.script_code = part->second.script;
    }
    btc_sighash_segwit(hash, &what);
    if (part->kind == PART_COIN) {
        return sign_coin(draft, part, hash);
    }
    bool second = part->kind == PART_SECOND;
    const uint8_t *key = second ? draft->onchain->derived.keys.owner_htlc : part->spend.public_key;
    if (!ln_backend_sign(backend, compact, hash, part->spend.secret, key)) {
        return false;
    }
    if (!second) {
        return put_signature(draft, &part->witness[0], part->signatures[0], compact, BTC_SIGHASH_ALL);
    }
    return put_signature(draft, &part->witness[1], part->signatures[0], part->htlc->signature,
                         part->second.other_sighash) &&
           put_signature(draft, &part->witness[2], part->signatures[1], compact, BTC_SIGHASH_ALL);
}

bool ln_draft_finish(struct ln_draft *draft, int64_t fee_sat)
{
    struct btc_sighash_cache cache;
    if (draft->sweeps) {
        struct btc_output *last = &draft->tx.outputs[draft->tx.output_count - 1];
        last->value_sat = draft->in_sat - draft->out_sat - fee_sat;
        assert(last->value_sat >= ln_draft_dust_sat(draft));
    }
    btc_sighash_cache_init(&cache, &draft->tx);
    bool good = true;
    for (uint32_t i = 0; i < draft->tx.input_count && good; i++) {
        good = sign(draft, i, &cache);
    }
    return good;
}
