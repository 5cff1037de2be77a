/* court_channel.c: brings before the court what an end of a channel could broadcast, and what it does.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/court_channel.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"

static struct btc_output funding_of(const struct ln_channel *channel, uint8_t script[34])
{
    uint8_t funding[LN_FUNDING_SCRIPT_BYTES];
    uint8_t hash[32];
    ln_script_funding(funding, channel->keyring.base[LN_US][LN_BASE_FUNDING].wire,
                      channel->keyring.base[LN_THEM][LN_BASE_FUNDING].wire);
    btc_sha256(hash, funding, sizeof funding);
    btc_script_p2wsh(script, hash);
    return (struct btc_output){(int64_t)channel->funding_sat, btc_bytes(script, 34)};
}

typedef unsigned judgement(struct court *court, const struct btc_tx *tx, const struct btc_output *spent);

static unsigned judge_one(struct court *court, const struct btc_tx *tx, const struct btc_output *spent)
{
    court_judge(court, tx, spent);
    return 1;
}

static unsigned judge_second_stages(const struct court_case *what, const struct ln_channel *channel,
                                    const struct ln_picture *picture, judgement *judge)
{
    unsigned sum = 0;
    for (uint32_t i = 0; i < picture->commitment.tx.output_count; i++) {
        const struct ln_htlc *htlc = picture->commitment.outputs[i].htlc;
        struct ln_htlc_tx htlc_tx;
        uint8_t preimage[32];
        if (htlc == NULL) {
            continue;
        }
        what->preimage(what->context, preimage, htlc);
        bool both = ln_picture_second_stage(picture, channel, what->shop, &htlc_tx, i,
                                            htlc->side == LN_HTLC_RECEIVED ? preimage : NULL);
        assert(both);
        sum += judge(what->court, &htlc_tx.tx, &picture->commitment.tx.outputs[i]);
    }
    return sum;
}

static unsigned go_through(const struct court_case *what, struct ln_channel *channel, judgement *judge)
{
    struct ln_picture picture;
    uint8_t script[34];
    size_t scratch = what->shop->scratch->used;
    enum ln_channel_result result = ln_picture_ours(&picture, channel, what->shop);
    struct btc_output funding = funding_of(channel, script);
    assert(result == LN_CHANNEL_OK && funding.value_sat >= btc_tx_output_sum_sat(&picture.commitment.tx));
    unsigned sum = judge(what->court, &picture.commitment.tx, &funding);
    sum += what->only_commitment ? 0 : judge_second_stages(what, channel, &picture, judge);
    if (what->last_txid != NULL) {
        memcpy(what->last_txid, picture.commitment.txid, 32);
    }
    what->shop->scratch->used = scratch;
    return sum;
}

unsigned court_judge_end(const struct court_case *what, struct ln_channel *channel)
{
    bool is_new = court_is_new(what->court, channel->their_signature + 8);
    return is_new || what->last_txid != NULL ? go_through(what, channel, judge_one) : 0;
}

unsigned court_flip_end(const struct court_case *what, struct ln_channel *channel)
{
    return go_through(what, channel, court_flip);
}

void court_judge_bytes(struct court *court, const struct ln_channel *channel, struct btc_bytes bytes)
{
    static _Alignas(16) uint8_t memory[1 << 18];
    struct btc_arena arena;
    struct btc_tx tx;
    uint8_t script[34];
    btc_arena_init(&arena, memory, sizeof memory);
    enum btc_tx_error error = btc_tx_parse(&tx, &arena, bytes);
    assert(error == BTC_TX_OK && memcmp(tx.inputs[0].previous.txid, channel->funding.txid, 32) == 0);
    struct btc_output funding = funding_of(channel, script);
    court_judge(court, &tx, &funding);
}
