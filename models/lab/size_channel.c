/* size_channel.c: a channel's commitment and its second stages.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/lab/size.h"

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/commitment.h"

#include <string.h>

#define FUNDING_SAT          INT64_C(1000000000)
#define FEERATE_SAT_PER_KWU  253
#define DUST_SAT             546
#define HTLC_MSAT            UINT64_C(1000000)
#define EXPIRY_HEIGHT        600000
#define TO_SELF_DELAY_BLOCKS 144

enum side { OWNER, OTHER, SIDES };

/* Both ends of a channel, and what they build. */
struct channel {
    struct ln_base_secrets secrets[SIDES];
    struct ln_basepoints points[SIDES];
    uint8_t commitment_point[33]; /* the owner's */
    uint8_t htlc_secrets[SIDES][32];
    uint8_t preimage[32];
    struct ln_commitment_keys keys;
    struct ln_commitment_view view;
    struct ln_commitment commitment;
    struct ln_htlc_tx htlc_tx;
    uint8_t funding_output[BTC_P2WSH_BYTES];
};

static bool has_anchors(int transaction)
{
    return transaction == LAB_COMMITMENT_ANCHORS || transaction == LAB_HTLC_TIMEOUT_ANCHORS ||
           transaction == LAB_HTLC_SUCCESS_ANCHORS;
}

static bool is_commitment(int transaction)
{
    return transaction == LAB_COMMITMENT || transaction == LAB_COMMITMENT_ANCHORS;
}

static bool is_success(int transaction)
{
    return transaction == LAB_HTLC_SUCCESS || transaction == LAB_HTLC_SUCCESS_ANCHORS;
}

static bool make_keys(struct channel *channel, const struct btc_curve *curve)
{
    uint8_t seed[32];
    bool good = true;
    for (int side = 0; side < SIDES; side++) {
        memset(seed, side + 1, sizeof seed);
        good = good && ln_base_secrets_init(curve, &channel->secrets[side], &channel->points[side], seed);
    }
    memset(seed, SIDES + 1, sizeof seed); /* of this commitment */
    good = good && btc_pubkey_wire_from_secret(curve, channel->commitment_point, seed) &&
           ln_commitment_keys_derive(curve, &channel->keys, &channel->points[OWNER], &channel->points[OTHER],
                                     channel->commitment_point);
    for (int side = 0; side < SIDES; side++)
        good = good && ln_key_secret(curve, channel->htlc_secrets[side], channel->secrets[side].secret[LN_BASE_HTLC],
                                     channel->commitment_point);
    return good;
}

/* HTLCs of alternate sides in a commitment; one of the right side for a second stage. */
static struct ln_htlc *make_htlcs(struct channel *channel, struct size_tools *tools, uint32_t count)
{
    int transaction = tools->config->transaction;
    struct ln_htlc *htlcs = btc_arena_take(&tools->arena, count, sizeof *htlcs);
    for (uint32_t i = 0; i < count && htlcs != NULL; i++) {
        bool received = is_commitment(transaction) ? i % 2 == 1 : is_success(transaction);
        htlcs[i] = (struct ln_htlc){.id = i,
                                    .amount_msat = HTLC_MSAT * (i + 1) + 1000 * tools->variant,
                                    .cltv_expiry_height = EXPIRY_HEIGHT + i,
                                    .side = received ? LN_HTLC_RECEIVED : LN_HTLC_OFFERED};
        btc_sha256(htlcs[i].payment_hash, channel->preimage, sizeof channel->preimage);
    }
    return htlcs;
}

/* Returns false if memory is out. */
static bool make_view(struct channel *channel, struct size_tools *tools)
{
    const struct lab_size_config *config = tools->config;
    uint32_t count = is_commitment(config->transaction) ? config->htlcs : 1;
    struct ln_htlc *htlcs = make_htlcs(channel, tools, count);
    if (htlcs == NULL)
        return false;
    uint64_t pending_msat = 0;
    for (uint32_t i = 0; i < count; i++)
        pending_msat += htlcs[i].amount_msat;
    uint64_t other_msat = (uint64_t)FUNDING_SAT * 500;
    channel->view = (struct ln_commitment_view){
        .terms = {.form = has_anchors(config->transaction) ? LN_ANCHORS : LN_STATIC_REMOTEKEY,
                  .feerate_sat_per_kwu = FEERATE_SAT_PER_KWU,
                  .dust_limit_sat = DUST_SAT},
        .funding_sat = FUNDING_SAT,
        .owner_funding_key = channel->points[OWNER].point[LN_BASE_FUNDING],
        .other_funding_key = channel->points[OTHER].point[LN_BASE_FUNDING],
        .keys = &channel->keys,
        .opener = LN_OWNER,
        .to_self_delay_blocks = TO_SELF_DELAY_BLOCKS,
        .number = 1,
        .obscuring_factor = ln_obscuring_factor(channel->points[OWNER].point[LN_BASE_PAYMENT],
                                                channel->points[OTHER].point[LN_BASE_PAYMENT]),
        .owner_msat = (uint64_t)FUNDING_SAT * 1000 - other_msat - pending_msat,
        .other_msat = other_msat - 1000 * tools->variant,
        .htlcs = htlcs,
        .htlc_count = count};
    memset(channel->view.funding.txid, 5, sizeof channel->view.funding.txid);
    return true;
}

static const char *commit(struct sized *sized, struct channel *channel, struct size_tools *tools)
{
    struct btc_signature signatures[SIDES];
    uint8_t hash[32];
    if (!make_keys(channel, &tools->curve))
        return "the channel has no keys";
    if (!make_view(channel, tools) ||
        ln_commitment_build(&channel->commitment, &tools->arena, &channel->view) != LN_COMMITMENT_OK)
        return "the commitment cannot be built";
    ln_commitment_sighash(hash, &channel->commitment);
    for (int side = 0; side < SIDES; side++)
        if (!btc_ecdsa_sign(&tools->curve, &signatures[side], hash, channel->secrets[side].secret[LN_BASE_FUNDING],
                            BTC_SIGN_PLAIN))
            return "the commitment cannot be signed";
    ln_commitment_sign(&tools->curve, &channel->commitment, &channel->view, &signatures[OWNER], &signatures[OTHER]);
    btc_sha256(hash, channel->commitment.funding_script, LN_FUNDING_SCRIPT_BYTES);
    btc_script_p2wsh(channel->funding_output, hash);
    sized->tx = channel->commitment.tx;
    sized->spent = (struct btc_output){FUNDING_SAT, btc_bytes(channel->funding_output, BTC_P2WSH_BYTES)};
    return NULL;
}

static const char *take_htlc(struct sized *sized, struct channel *channel, struct size_tools *tools)
{
    const struct ln_commitment *commitment = &channel->commitment;
    struct btc_signature signatures[SIDES];
    uint8_t hash[32];
    uint32_t output = 0;
    while (output < commitment->tx.output_count && commitment->outputs[output].kind != LN_OUTPUT_HTLC)
        output++;
    if (output == commitment->tx.output_count)
        return "the HTLC has no output";
    ln_commitment_htlc_tx(&channel->htlc_tx, commitment, &channel->view, output);
    for (int side = 0; side < SIDES; side++) {
        ln_htlc_tx_sighash(hash, &channel->htlc_tx, side == OWNER ? LN_SIGNER_OWNER : LN_SIGNER_OTHER);
        if (!btc_ecdsa_sign(&tools->curve, &signatures[side], hash, channel->htlc_secrets[side], BTC_SIGN_PLAIN))
            return "the HTLC cannot be signed";
    }
    ln_htlc_tx_sign(&tools->curve, &channel->htlc_tx, &signatures[OWNER], &signatures[OTHER],
                    is_success(tools->config->transaction) ? channel->preimage : NULL);
    sized->tx = channel->htlc_tx.tx;
    sized->spent = commitment->tx.outputs[output];
    return NULL;
}

const char *size_channel(struct sized *sized, struct size_tools *tools)
{
    struct channel *channel = btc_arena_take(&tools->arena, 1, sizeof *channel);
    if (channel == NULL)
        return "memory is out";
    memset(channel->preimage, 9, sizeof channel->preimage);
    const char *wrong = commit(sized, channel, tools);
    if (wrong != NULL || is_commitment(tools->config->transaction))
        return wrong;
    return take_htlc(sized, channel, tools);
}

uint32_t size_bolt3_wu(const struct lab_size_config *config)
{
    enum ln_channel_form form = has_anchors(config->transaction) ? LN_ANCHORS : LN_STATIC_REMOTEKEY;
    if (config->transaction <= LAB_FUNDING)
        return 0;
    if (is_commitment(config->transaction))
        return ln_commitment_weight_wu(form, config->htlcs);
    return ln_htlc_weight_wu(form, is_success(config->transaction) ? LN_HTLC_RECEIVED : LN_HTLC_OFFERED);
}
