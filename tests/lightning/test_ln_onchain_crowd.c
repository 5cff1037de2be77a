/* test_ln_onchain_crowd.c: the fullest channel that BOLT 2 allows, 966 HTLCs, on the chain.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * No chain here: blocks are made up of what was broadcast. Every input goes through the interpreter, and the memory
 * that the headers promise to be enough must be.
 */
#include "tests/lightning/cmocka_all.h"

#include <stdlib.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/onchain.h"
#include "protocol/lightning/onchain_store.h"
#include "protocol/lightning/past.h"
#include "tests/lightning/duo.h"

#define HTLCS        966
#define TX_BYTES     200000
#define ARENA_BYTES  (64u << 20)
#define EACH_SAT     8000
#define EXPIRY       500 /* duo's: and the preimage's number */
#define EXPIRY_LAST  (EXPIRY + 255)
#define CLOSE_HEIGHT 200

struct crowd {
    struct duo duo;
    struct ln_onchain onchain;
    struct ln_onchain_effects effects;
    struct ln_onchain_effect list[LN_ONCHAIN_EFFECTS_LIST(HTLCS)];
    _Alignas(16) uint8_t effect_memory[LN_ONCHAIN_EFFECTS_BYTES(HTLCS)];
    _Alignas(16) uint8_t memory[LN_ONCHAIN_BYTES(HTLCS)];
    _Alignas(16) uint8_t scratch_memory[LN_ONCHAIN_SCRATCH_BYTES(HTLCS)];
    struct btc_arena scratch;
    struct ln_onchain_tools tools;
    uint8_t stored[LN_ONCHAIN_STORE_BYTES(HTLCS)];
    uint8_t commitment_bytes[TX_BYTES];
    struct btc_tx commitment;
    uint8_t past[LN_PAST_BYTES_MAX];
    size_t past_length;
    struct btc_arena arena; /* of what was broadcast */
    const struct btc_tx *txs[2 * HTLCS];
    uint32_t tx_count;
    uint32_t inputs; /* of them all */
};

static struct crowd *crowd;

/* ---- a full channel ---- */

static void keep_commitment(unsigned owner)
{
    struct duo_end *end = &crowd->duo.ends[owner];
    struct ln_picture picture;
    struct btc_writer writer;
    assert_int_equal(ln_picture_ours(&picture, &end->channel, &end->shop), LN_CHANNEL_OK);
    btc_writer_init(&writer, crowd->commitment_bytes, TX_BYTES);
    btc_tx_write(&writer, &picture.commitment.tx, BTC_TX_WITNESS);
    assert_int_equal(btc_tx_parse(&crowd->commitment, &crowd->arena, btc_writer_view(&writer)), BTC_TX_OK);
    crowd->duo.scratch.used = 0;
}

/* The record that came when end 0 signed that commitment. */
static void keep_past(void)
{
    struct duo_end *end = &crowd->duo.ends[0];
    struct ln_picture picture;
    struct ln_look look = {LN_THEM, LN_STEP_NONE};
    assert_int_equal(ln_picture_build(&picture, &end->channel, &end->shop, look, &end->channel.their_point,
                                      end->channel.remote_number),
                     LN_CHANNEL_OK);
    struct btc_bytes record = ln_past_write(&crowd->arena, &picture.view);
    assert_true(record.length > 0 && record.length <= sizeof crowd->past);
    memcpy(crowd->past, record.data, record.length);
    crowd->past_length = record.length;
    crowd->duo.scratch.used = 0;
}

static void fill(uint8_t flags)
{
    struct duo_setup setup = {.backend = LN_BACKEND_TOKEN,
                              .share = true,
                              .flags = flags,
                              .slots = 2 * DUO_HTLCS,
                              .feerate_sat_per_kwu = 253,
                              .funding_sat = 16000000,
                              .push_msat = UINT64_C(8000000000)};
    crowd->duo.court.depth = COURT_SPARSE; /* a thousand transactions at a time, many times */
    duo_init(&crowd->duo, &setup);
    for (unsigned i = 0; i < HTLCS; i++) {
        assert_int_equal(duo_add(&crowd->duo, i & 1, EACH_SAT * 1000 + i, i / 2 % 256), LN_CHANNEL_OK);
    }
    duo_settle(&crowd->duo);
    assert_int_equal(crowd->duo.ends[0].channel.record_count, HTLCS);
}

/* ---- its resolver ---- */

static void begin(void)
{
    static uint8_t script[22] = {0, 20, 1, 2, 3};
    struct ln_onchain_setup setup = {.policy = ln_onchain_policy_usual,
                                     .rates = {253, 1000, 2500},
                                     .sweep_script = btc_bytes(script, sizeof script),
                                     .height = CLOSE_HEIGHT - 1};
    struct duo_end *end = &crowd->duo.ends[0];
    btc_arena_init(&crowd->scratch, crowd->scratch_memory, sizeof crowd->scratch_memory);
    ln_onchain_effects_init(&crowd->effects, crowd->list, sizeof crowd->list / sizeof *crowd->list,
                            crowd->effect_memory, sizeof crowd->effect_memory);
    crowd->tools = (struct ln_onchain_tools){&crowd->duo.backend, &crowd->scratch, &crowd->effects};
    assert_int_equal(
        ln_onchain_init(&crowd->onchain, crowd->memory, HTLCS, &crowd->tools, &setup, &end->channel, &end->shop),
        LN_ONCHAIN_OK);
    assert_int_equal(ln_onchain_start(&crowd->onchain, &crowd->tools), LN_ONCHAIN_OK);
    ln_onchain_effects_clear(&crowd->effects);
}

static struct btc_output output_of(const struct btc_outpoint *outpoint)
{
    uint8_t txid[32];
    btc_txid(txid, &crowd->commitment);
    assert_memory_equal(outpoint->txid, txid, 32);
    return crowd->commitment.outputs[outpoint->index];
}

static void judge(const struct btc_tx *tx)
{
    static struct btc_script_space space;
    for (uint32_t i = 0; i < tx->input_count; i++) {
        struct btc_output spent = output_of(&tx->inputs[i].previous);
        struct btc_spend spend = {.curve = &crowd->duo.curve, .tx = tx, .input = i, .spent = &spent};
        spend.judge = ln_token_judge;
        assert_int_equal(btc_script_verify(&space, &spend, BTC_VERIFY_POLICY), BTC_SCRIPT_OK);
    }
    assert_true(btc_tx_weight_wu(tx) <= BTC_MAX_STANDARD_TX_WEIGHT_WU);
}

/* Takes what the resolver said. Returns the number of WATCH among it. */
static uint32_t hear(void)
{
    uint32_t watched = 0;
    size_t length;
    crowd->tx_count = crowd->inputs = 0;
    for (uint32_t i = 0; i < crowd->effects.count; i++) {
        const struct ln_onchain_effect *effect = &crowd->list[i];
        watched += effect->kind == LN_ONCHAIN_WATCH;
        if (effect->kind == LN_ONCHAIN_BROADCAST) {
            uint8_t *copy = btc_arena_take(&crowd->arena, 1, effect->bytes.length);
            struct btc_tx *tx = btc_arena_take(&crowd->arena, 1, sizeof *tx);
            memcpy(copy, effect->bytes.data, effect->bytes.length);
            assert_int_equal(btc_tx_parse(tx, &crowd->arena, btc_bytes(copy, effect->bytes.length)), BTC_TX_OK);
            judge(tx);
            crowd->txs[crowd->tx_count++] = tx;
            crowd->inputs += tx->input_count;
        }
    }
    ln_onchain_effects_clear(&crowd->effects);
    assert_int_equal(ln_onchain_write(crowd->stored, sizeof crowd->stored, &length, &crowd->onchain), LN_ONCHAIN_OK);
    assert_int_equal(crowd->scratch.used, 0);
    return watched;
}

static void connect(uint32_t height, const struct btc_tx *const *txs, uint32_t count)
{
    assert_int_equal(ln_onchain_connect(&crowd->onchain, &crowd->tools, height, txs, count), LN_ONCHAIN_OK);
}

/* ---- the cases ---- */

static void a_full_commitment_of_the_peer_is_claimed(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        const struct btc_tx *txs[1] = {&crowd->commitment};
        fill(anchors ? LN_CHANNEL_ANCHORS : 0);
        keep_commitment(1);
        begin();
        connect(CLOSE_HEIGHT, txs, 1);
        assert_int_equal(hear(), HTLCS + 1 + anchors); /* to_remote, our anchor */
        for (uint64_t id = 0; id < HTLCS / 2; id++) {
            uint8_t preimage[32];
            memset(preimage, (int)(id % 256), 32);
            assert_int_equal(ln_onchain_fulfill(&crowd->onchain, &crowd->tools, id, preimage), LN_ONCHAIN_OK);
            ln_onchain_effects_clear(&crowd->effects);
        }
        connect(EXPIRY_LAST, NULL, 0); /* all at once: ours have expired, theirs are nearly too late */
        hear();
        assert_in_range(crowd->inputs, HTLCS - 10, HTLCS + 2);
        const struct btc_tx *const *claims = crowd->txs;
        uint32_t count = crowd->tx_count;
        connect(EXPIRY_LAST + 1, claims, count);
        hear();
        connect(EXPIRY_LAST + 7, NULL, 0);
        struct ln_onchain_tally tally = ln_onchain_tally(&crowd->onchain);
        assert_int_equal(tally.lost_sat, 0);
        assert_true(tally.claimed_sat > (HTLCS - 10) * EACH_SAT);
        hear();
    }
}

static void a_full_revoked_commitment_is_punished(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        const struct btc_tx *txs[1] = {&crowd->commitment};
        fill(anchors ? LN_CHANNEL_ANCHORS : 0);
        keep_commitment(1);
        keep_past();
        duo_fulfill(&crowd->duo, 0, 0, 0);
        duo_settle(&crowd->duo);
        begin();
        connect(CLOSE_HEIGHT, txs, 1);
        assert_int_equal(hear(), HTLCS + 2 + anchors); /* to_local, to_remote, our anchor */
        assert_int_equal(ln_onchain_past(&crowd->onchain, &crowd->tools, btc_bytes(crowd->past, crowd->past_length)),
                         LN_ONCHAIN_OK);
        hear();
        assert_int_equal(crowd->inputs, HTLCS);
        assert_true(crowd->tx_count <= HTLCS / LN_ONCHAIN_INPUTS_MAX + 1);
    }
}

static int set_up(void **state)
{
    (void)state;
    crowd = calloc(1, sizeof *crowd);
    assert_non_null(crowd);
    btc_arena_init(&crowd->arena, malloc(ARENA_BYTES), ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(crowd->arena.memory);
    free(crowd);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_commitment_of_the_peer_is_claimed),
        cmocka_unit_test(a_full_revoked_commitment_is_punished),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
