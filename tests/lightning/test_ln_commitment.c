/* test_ln_commitment.c: commitments, second stages, closings, and every way to spend their outputs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The constants are from BOLT 3, appendices C and F; long transactions stand here as their SHA-256.
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/locktime.h"
#include "protocol/lightning/closing.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/court.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/two_sides.h"
#include "tests/support/flat.h"

#define REAL_ROUNDS 16 /* of the random views; flipping bits of real signatures takes long */

static struct two_sides sides;
static struct court court;

static void use_view(enum ln_channel_form form, uint32_t feerate_sat_per_kwu, uint32_t htlc_count)
{
    sides.view.terms.form = form;
    sides.view.terms.feerate_sat_per_kwu = feerate_sat_per_kwu;
    sides.view.terms.dust_limit_sat = 546;
    sides.view.opener = LN_OWNER;
    sides.view.owner_msat = htlc_count == 0 ? 7000000000 : 6988000000;
    sides.view.other_msat = 3000000000;
    sides.view.htlc_count = htlc_count;
    memcpy(sides.chosen, sides.htlcs, sizeof sides.chosen);
}

static void expect_simple(const char *hex)
{
    uint8_t expected[512];
    uint8_t bytes[512];
    struct btc_writer writer;
    two_sides_commit(&sides);
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_tx_write(&writer, &sides.commitment.tx, BTC_TX_WITNESS);
    assert_int_equal(writer.length, hex_read(expected, sizeof expected, hex));
    assert_memory_equal(bytes, expected, writer.length);
}

/* SHA-256 of the commitment and its five second stages. */
static void expect_full(const char *hex)
{
    static uint8_t bytes[8192];
    uint8_t expected[32];
    uint8_t hash[32];
    struct btc_writer writer;
    two_sides_commit(&sides);
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_tx_write(&writer, &sides.commitment.tx, BTC_TX_WITNESS);
    assert_int_equal(sides.commitment.htlc_count, 5);
    for (uint32_t i = 0; i < sides.commitment.tx.output_count; i++) {
        if (sides.commitment.outputs[i].kind == LN_OUTPUT_HTLC) {
            two_sides_second_stage(&sides, i);
            btc_tx_write(&writer, &sides.htlc_tx.tx, BTC_TX_WITNESS);
        }
    }
    btc_sha256(hash, bytes, writer.length);
    hex_read(expected, 32, hex);
    assert_memory_equal(hash, expected, 32);
}

static void the_transactions_of_appendix_c_are_built(void **state)
{
    (void)state;
    use_view(LN_STATIC_REMOTEKEY, 15000, 0);
    expect_simple("02000000000101bef67e4e2fb9ddeeb3461973cd4c62abb35050b1add772995b820b584a488489000000000038b02b8002c0"
                  "c62d0000000000160014cc1b07838e387deacd0e5232e1e8b49f4c29e48454a56a00000000002200204adb4e2f00643db396"
                  "dd120d4e7dc17625f5f2c11a40d857accc862d6b7dd80e04004730440220616210b2cc4d3afb601013c373bbd8aac54febd9"
                  "f15400379a8cb65ce7deca60022034236c010991beb7ff770510561ae8dc885b8d38d1947248c38f2ae05564714201483045"
                  "022100c3127b33dcc741dd6b05b1e63cbd1a9a7d816f37af9b6756fa2376b056f032370220408b96279808fe57eb7e463710"
                  "804cdf4f108388bc5cf722d8c848d2c7f9f3b001475221023da092f6980e58d2c037173180e9a465476026ee50f96695963e"
                  "8efe436f54eb21030e9f7b623d2ccc7c9bd44d66d5ce21ce504c0acf6385a132cec6d3c39fa711c152ae3e195220");
    use_view(LN_STATIC_REMOTEKEY, 0, 5);
    expect_full("0a471276772ceefac79c6c4ac373bfc81fd8a75ba75736460f41f17f73970938");
}

static void the_transactions_of_appendix_f_are_built(void **state)
{
    (void)state;
    use_view(LN_ANCHORS, 15000, 0);
    expect_simple("02000000000101bef67e4e2fb9ddeeb3461973cd4c62abb35050b1add772995b820b584a488489000000000038b02b80044a"
                  "010000000000002200202b1b5854183c12d3316565972c4668929d314d81c5dcdbb21cb45fe8a9a8114f4a01000000000000"
                  "220020e9e86e4823faa62e222ebc858a226636856158f07e69898da3b0d1af0ddb3994c0c62d0000000000220020f3394e1e"
                  "619b0eca1f91be2fb5ab4dfc59ba5b84ebe014ad1d43a564d012994a508b6a00000000002200204adb4e2f00643db396dd12"
                  "0d4e7dc17625f5f2c11a40d857accc862d6b7dd80e04004830450221008266ac6db5ea71aac3c95d97b0e172ff596844851a"
                  "3216eb88382a8dddfd33d2022050e240974cfd5d708708b4365574517c18e7ae535ef732a3484d43d0d82be9f70148304502"
                  "2100f89034eba16b2be0e5581f750a0a6309192b75cce0f202f0ee2b4ec0cc394850022076c65dc507fe42276152b7a3d90e"
                  "961e678adbe966e916ecfe85e64d430e75f301475221023da092f6980e58d2c037173180e9a465476026ee50f96695963e8e"
                  "fe436f54eb21030e9f7b623d2ccc7c9bd44d66d5ce21ce504c0acf6385a132cec6d3c39fa711c152ae3e195220");
    use_view(LN_ANCHORS, 644, 5);
    expect_full("1e412eb52b3c505d7ab4c46653bd86c65fdeb85aba7c29ff3cb6014766141252");
}

/* ---- properties ---- */

static void random_view(struct dice *dice)
{
    uint64_t left_msat = (uint64_t)sides.view.funding_sat * 1000;
    sides.view.terms.form = dice_below(dice, 2) ? LN_ANCHORS : LN_STATIC_REMOTEKEY;
    sides.view.terms.feerate_sat_per_kwu = dice_below(dice, 20000);
    sides.view.terms.dust_limit_sat = 330 + dice_below(dice, 5000);
    sides.view.opener = dice_below(dice, 2) ? LN_OWNER : LN_OTHER;
    sides.view.htlc_count = dice_below(dice, TWO_SIDES_HTLCS + 1);
    for (unsigned i = 0; i < sides.view.htlc_count; i++) {
        sides.chosen[i] = sides.htlcs[i];
        sides.chosen[i].amount_msat = dice_below(dice, 3) == 0 ? 5000000 : dice_below(dice, 40000000);
        left_msat -= sides.chosen[i].amount_msat;
    }
    uint64_t opener_msat = 2000 * LN_ANCHOR_SAT; /* BOLT 2 leaves it no less */
    left_msat -= opener_msat;
    uint64_t share = dice_below(dice, 4) == 0 ? dice_below(dice, 2) * left_msat : dice_next(dice) % left_msat;
    sides.view.owner_msat = share + (sides.view.opener == LN_OWNER ? opener_msat : 0);
    sides.view.other_msat = left_msat - share + (sides.view.opener == LN_OTHER ? opener_msat : 0);
}

/* What the outputs leave is the fee, and everything else that has none of its own. */
static void check_sum(void)
{
    const struct ln_commitment_view *view = &sides.view;
    bool anchors = view->terms.form == LN_ANCHORS;
    uint64_t opener_msat = view->opener == LN_OWNER ? view->owner_msat : view->other_msat;
    uint64_t fee_sat = ln_commitment_fee_sat(&view->terms, sides.commitment.htlc_count);
    uint64_t cost_sat = fee_sat + (anchors ? 2 * LN_ANCHOR_SAT : 0);
    int64_t out_sat = btc_tx_output_sum_sat(&sides.commitment.tx);
    assert_true(out_sat <= view->funding_sat);
    if (opener_msat / 1000 >= cost_sat) {
        uint64_t lost_sat = (uint64_t)(view->funding_sat - out_sat) - fee_sat;
        uint64_t dust_sat = 0; /* bound: what may be left out */
        for (unsigned i = 0; i < view->htlc_count; i++) {
            bool trimmed = ln_htlc_is_trimmed(&view->terms, view->htlcs[i].side, view->htlcs[i].amount_msat);
            dust_sat += trimmed ? view->htlcs[i].amount_msat / 1000 : 0;
        }
        assert_true(lost_sat >= dust_sat);
        assert_true(lost_sat < dust_sat + 2 * view->terms.dust_limit_sat + 2 * LN_ANCHOR_SAT + 10);
    }
}

/* BIP 69 order, equal outputs by expiry, each of them worth having. */
static void check_order(void)
{
    const struct btc_tx *tx = &sides.commitment.tx;
    for (uint32_t i = 0; i < tx->output_count; i++) {
        const struct ln_commitment_output *what = &sides.commitment.outputs[i];
        bool anchor = what->kind == LN_OUTPUT_OWNER_ANCHOR || what->kind == LN_OUTPUT_OTHER_ANCHOR;
        assert_true(anchor || (uint64_t)tx->outputs[i].value_sat >= sides.view.terms.dust_limit_sat);
        if (i > 0) {
            int order = btc_output_compare_bip69(&tx->outputs[i - 1], &tx->outputs[i]);
            assert_true(order <= 0);
            assert_true(order < 0 ||
                        what->htlc->cltv_expiry_height >= sides.commitment.outputs[i - 1].htlc->cltv_expiry_height);
        }
    }
}

static void check_second_stages(void)
{
    for (uint32_t i = 0; i < sides.commitment.tx.output_count; i++) {
        if (sides.commitment.outputs[i].kind == LN_OUTPUT_HTLC) {
            const struct ln_htlc *htlc = sides.commitment.outputs[i].htlc;
            two_sides_second_stage(&sides, i);
            court_judge(&court, &sides.htlc_tx.tx, &sides.commitment.tx.outputs[i]);
            assert_true(btc_tx_weight_wu(&sides.htlc_tx.tx) <= ln_htlc_weight_wu(sides.view.terms.form, htlc->side));
            assert_true((uint64_t)sides.htlc_tx.output.value_sat >= sides.view.terms.dust_limit_sat);
        }
    }
}

static void any_view_makes_valid_transactions_whose_sums_are_right(void **state)
{
    struct dice dice = {21};
    uint8_t script[34];
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        sides.signer = round < REAL_ROUNDS ? LN_BACKEND_REAL : LN_BACKEND_TOKEN;
        court_open(&court, round < REAL_ROUNDS ? NULL : ln_token_judge);
        random_view(&dice);
        sides.view.number = dice_next(&dice) >> 16;
        two_sides_commit(&sides);
        struct btc_output funding = two_sides_funding(&sides, script);
        court_judge(&court, &sides.commitment.tx, &funding);
        assert_true(ln_commitment_number(&sides.commitment.tx, sides.view.obscuring_factor) == sides.view.number);
        assert_true(btc_tx_weight_wu(&sides.commitment.tx) <=
                    ln_commitment_weight_wu(sides.view.terms.form, sides.commitment.htlc_count));
        check_sum();
        check_order();
        check_second_stages();
    }
    sides.view.number = 42;
    sides.signer = LN_BACKEND_REAL;
}

static void what_cannot_be_built_changes_nothing(void **state)
{
    struct ln_commitment commitment;
    (void)state;
    use_view(LN_ANCHORS, 644, 5);
    two_sides_commit(&sides);
    size_t needed = sides.arena.used;
    assert_true(needed <= 300 * sides.commitment.tx.output_count);
    for (size_t capacity = 0; capacity < needed; capacity += 64) {
        struct btc_arena arena;
        btc_arena_init(&arena, sides.memory, capacity);
        assert_int_equal(ln_commitment_build(&commitment, &arena, &sides.view), LN_COMMITMENT_NO_MEMORY);
        assert_int_equal(arena.used, 0);
    }
    sides.view.owner_msat = 6988000001;
    assert_int_equal(ln_commitment_build(&commitment, &sides.arena, &sides.view), LN_COMMITMENT_AMOUNTS);
    sides.view.owner_msat = UINT64_MAX;
    assert_int_equal(ln_commitment_build(&commitment, &sides.arena, &sides.view), LN_COMMITMENT_AMOUNTS);
    use_view(LN_ANCHORS, 253, 5);
    sides.view.owner_msat = 0; /* the opener, who would have to pay for the anchors */
    sides.view.other_msat = 9988000000;
    assert_int_equal(ln_commitment_build(&commitment, &sides.arena, &sides.view), LN_COMMITMENT_AMOUNTS);
    use_view(LN_STATIC_REMOTEKEY, 253, 0);
    sides.view.owner_msat = 545999;
    sides.view.other_msat = 0;
    assert_int_equal(ln_commitment_build(&commitment, &sides.arena, &sides.view), LN_COMMITMENT_NO_OUTPUT);
}

/* ---- spending the outputs, as BOLT 5 has it: each branch of each script ---- */

/* A transaction that spends one output with up to three items before the script. */
struct claim {
    struct btc_tx tx;
    struct btc_input input;
    struct btc_output output;
    struct btc_bytes witness[4];
    uint8_t signature[LN_DER_SIGNATURE_BYTES];
    uint8_t target[22];
};

/* What works fails with any bit of its witness flipped. In: secret to sign with, NULL for none; last, what stands
 * behind the signature. */
static bool claim_works(const struct btc_output *spent, struct btc_bytes script, uint32_t sequence, uint32_t locktime,
                        const uint8_t *secret, struct btc_bytes last)
{
    struct claim claim = {.input = {.sequence = sequence}};
    uint8_t hash[32];
    uint32_t count = 0;
    claim.input.previous.txid[0] = 1;
    btc_script_p2wpkh(claim.target, (const uint8_t[20]){1});
    claim.output = (struct btc_output){spent->value_sat - 200, btc_bytes(claim.target, sizeof claim.target)};
    claim.tx = (struct btc_tx){2, locktime, 1, 1, &claim.input, &claim.output};
    if (secret != NULL) {
        struct btc_sighash_what what = {
            .tx = &claim.tx, .type = BTC_SIGHASH_ALL, .script_code = script, .value_sat = spent->value_sat};
        struct btc_signature signature;
        btc_sighash_segwit(hash, &what);
        assert_true(btc_ecdsa_sign(&sides.curve, &signature, hash, secret, BTC_SIGN_PLAIN));
        size_t length = ln_signature_der(&sides.curve, claim.signature, &signature, BTC_SIGHASH_ALL);
        claim.witness[count++] = btc_bytes(claim.signature, length);
    }
    if (last.data != NULL) {
        claim.witness[count++] = last;
    }
    claim.witness[count++] = script;
    claim.input.witness = claim.witness;
    claim.input.witness_count = count;
    bool works = two_sides_valid(&sides, &claim.tx, spent);
    if (works) {
        assert_true(two_sides_flip(&sides, &claim.tx, spent, 1) >= 8 * script.length);
    }
    return works;
}

static const uint8_t one_byte[] = {1};
static const struct btc_bytes none = {NULL, 0};
static const struct btc_bytes empty = {one_byte, 0}; /* an item without bytes */
static const struct btc_bytes one = {one_byte, 1};

static void derive_spend_secrets(uint8_t delayed[32], uint8_t revocation[32])
{
    uint8_t base[32];
    uint8_t commitment_secret[32];
    uint8_t point[33];
    hex_read(commitment_secret, 32, "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100");
    assert_true(btc_pubkey_wire_from_secret(&sides.curve, point, commitment_secret));
    memset(base, 0x33, 32);
    assert_true(ln_key_secret(&sides.curve, delayed, base, point));
    memset(base, 0x22, 32);
    assert_true(ln_key_revocation_secret(&sides.curve, revocation, base, commitment_secret));
}

static uint32_t output_of(enum ln_output_kind kind, unsigned htlc_id)
{
    for (uint32_t i = 0; i < sides.commitment.tx.output_count; i++) {
        const struct ln_commitment_output *what = &sides.commitment.outputs[i];
        if (what->kind == kind && (kind != LN_OUTPUT_HTLC || what->htlc->id == htlc_id)) {
            return i;
        }
    }
    fail_msg("no output of kind %d", kind);
    return 0;
}

static void to_local_is_the_owners_after_the_delay_or_the_others_by_revocation(void **state)
{
    uint8_t delayed[32];
    uint8_t revocation[32];
    (void)state;
    derive_spend_secrets(delayed, revocation);
    for (unsigned form = 0; form < 2; form++) {
        use_view((enum ln_channel_form)form, 644, 5);
        two_sides_commit(&sides);
        uint32_t i = output_of(LN_OUTPUT_TO_LOCAL, 0);
        const struct btc_output *spent = &sides.commitment.tx.outputs[i];
        struct btc_bytes script = sides.commitment.outputs[i].script;
        assert_true(claim_works(spent, script, 144, 0, delayed, empty));
        assert_false(claim_works(spent, script, 143, 0, delayed, empty));
        assert_false(claim_works(spent, script, 144, 0, revocation, empty));
        assert_true(claim_works(spent, script, BTC_SEQUENCE_FINAL, 0, revocation, one));
        assert_false(claim_works(spent, script, BTC_SEQUENCE_FINAL, 0, delayed, one));
        /* The second stages pay into the same script. */
        two_sides_second_stage(&sides, output_of(LN_OUTPUT_HTLC, 4));
        script = btc_bytes(sides.htlc_tx.redeem_script, sides.htlc_tx.redeem_length);
        assert_true(claim_works(&sides.htlc_tx.output, script, 144, 0, delayed, empty));
        assert_false(claim_works(&sides.htlc_tx.output, script, 143, 0, delayed, empty));
        assert_true(claim_works(&sides.htlc_tx.output, script, 0, 0, revocation, one));
    }
}

static void to_remote_and_anchors_are_spent_after_their_blocks(void **state)
{
    uint8_t payment[32];
    (void)state;
    memset(payment, 0x44, 32);
    use_view(LN_ANCHORS, 644, 5);
    two_sides_commit(&sides);
    uint32_t i = output_of(LN_OUTPUT_TO_REMOTE, 0);
    struct btc_bytes script = sides.commitment.outputs[i].script;
    assert_true(claim_works(&sides.commitment.tx.outputs[i], script, 1, 0, payment, none));
    assert_false(claim_works(&sides.commitment.tx.outputs[i], script, 0, 0, payment, none));
    for (unsigned side = 0; side < 2; side++) {
        i = output_of(side == 0 ? LN_OUTPUT_OWNER_ANCHOR : LN_OUTPUT_OTHER_ANCHOR, 0);
        const struct btc_output *spent = &sides.commitment.tx.outputs[i];
        script = sides.commitment.outputs[i].script;
        assert_true(claim_works(spent, script, BTC_SEQUENCE_FINAL, 0, sides.funding_secrets[side], none));
        assert_false(claim_works(spent, script, BTC_SEQUENCE_FINAL, 0, sides.funding_secrets[1 - side], none));
        assert_true(claim_works(spent, script, 16, 0, NULL, empty));
        assert_false(claim_works(spent, script, 15, 0, NULL, empty));
    }
}

static void htlcs_are_claimed_by_the_other_with_preimage_timeout_or_revocation(void **state)
{
    uint8_t delayed[32];
    uint8_t revocation[32];
    (void)state;
    derive_spend_secrets(delayed, revocation);
    struct btc_bytes revocation_key = btc_bytes(sides.keys.revocation, 33);
    for (unsigned form = 0; form < 2; form++) {
        uint32_t sequence = form == LN_ANCHORS ? 1 : 0;
        use_view((enum ln_channel_form)form, 644, 5);
        two_sides_commit(&sides);
        uint32_t i = output_of(LN_OUTPUT_HTLC, 3); /* offered */
        const struct btc_output *spent = &sides.commitment.tx.outputs[i];
        struct btc_bytes script = sides.commitment.outputs[i].script;
        const uint8_t *other = sides.htlc_secrets[1];
        assert_true(claim_works(spent, script, sequence, 0, other, btc_bytes(sides.preimages[3], 32)));
        assert_false(claim_works(spent, script, sequence, 0, other, btc_bytes(sides.preimages[2], 32)));
        assert_false(claim_works(spent, script, sequence, 0, sides.htlc_secrets[0], btc_bytes(sides.preimages[3], 32)));
        assert_true(claim_works(spent, script, 0, 0, revocation, revocation_key));
        assert_false(claim_works(spent, script, 0, 0, other, revocation_key));
        i = output_of(LN_OUTPUT_HTLC, 4); /* received, expires at 504 */
        spent = &sides.commitment.tx.outputs[i];
        script = sides.commitment.outputs[i].script;
        assert_true(claim_works(spent, script, sequence, 504, other, empty));
        assert_false(claim_works(spent, script, sequence, 503, other, empty));
        assert_false(claim_works(spent, script, sequence, 504, sides.htlc_secrets[0], empty));
        assert_false(claim_works(spent, script, sequence, 504, other, btc_bytes(sides.preimages[4], 32)));
        assert_true(claim_works(spent, script, 0, 0, revocation, revocation_key));
        if (form == LN_ANCHORS) {
            assert_false(claim_works(spent, script, 0, 504, other, empty));
        }
    }
}

/* With anchors the other's signature stays good when inputs and outputs are added for a fee. */
static void a_second_stage_with_anchors_takes_more_inputs(void **state)
{
    (void)state;
    for (unsigned form = 0; form < 2; form++) {
        use_view((enum ln_channel_form)form, 644, 5);
        two_sides_commit(&sides);
        two_sides_second_stage(&sides, output_of(LN_OUTPUT_HTLC, 4));
        uint8_t before[32];
        uint8_t after[32];
        ln_htlc_tx_sighash(before, &sides.htlc_tx, LN_SIGNER_OTHER);
        struct btc_input inputs[2] = {sides.htlc_tx.input, {.sequence = 5}};
        struct btc_output outputs[2] = {sides.htlc_tx.output, {1000, {one_byte, 1}}};
        sides.htlc_tx.tx.inputs = inputs;
        sides.htlc_tx.tx.outputs = outputs;
        sides.htlc_tx.tx.input_count = sides.htlc_tx.tx.output_count = 2;
        ln_htlc_tx_sighash(after, &sides.htlc_tx, LN_SIGNER_OTHER);
        assert_int_equal(memcmp(before, after, 32) == 0, form == LN_ANCHORS);
    }
}

/* ---- closing ---- */

static struct ln_closing_view closing_view(uint64_t ours_msat, uint64_t theirs_msat, uint64_t fee_sat)
{
    static uint8_t scripts[2][34];
    struct ln_closing_view view = {.funding = sides.view.funding,
                                   .funding_sat = sides.view.funding_sat,
                                   .opener = 0,
                                   .fee_sat = fee_sat,
                                   .dust_limit_sat = 546};
    btc_script_p2wpkh(scripts[0], (const uint8_t[20]){1});
    btc_script_p2wsh(scripts[1], (const uint8_t[32]){2});
    view.sides[0] = (struct ln_closing_side){ours_msat, sides.funding_keys[0], btc_bytes(scripts[0], 22)};
    view.sides[1] = (struct ln_closing_side){theirs_msat, sides.funding_keys[1], btc_bytes(scripts[1], 34)};
    return view;
}

static void close_and_check(const struct ln_closing_view *view, uint32_t outputs, int64_t fee_sat)
{
    struct ln_closing closing;
    struct btc_signature signatures[2];
    uint8_t hash[32];
    uint8_t script[34];
    assert_int_equal(ln_closing_build(&closing, view), LN_CLOSING_OK);
    assert_int_equal(closing.tx.output_count, outputs);
    assert_int_equal(view->funding_sat - btc_tx_output_sum_sat(&closing.tx), fee_sat);
    ln_closing_sighash(hash, &closing);
    for (unsigned side = 0; side < 2; side++) {
        assert_true(btc_ecdsa_sign(&sides.curve, &signatures[side], hash, sides.funding_secrets[side], BTC_SIGN_PLAIN));
    }
    ln_closing_sign(&sides.curve, &closing, view, signatures);
    two_sides_commit(&sides);
    struct btc_output funding = two_sides_funding(&sides, script);
    assert_true(two_sides_valid(&sides, &closing.tx, &funding));
    assert_true(two_sides_flip(&sides, &closing.tx, &funding, 1) > 1000);
    uint32_t most = ln_closing_weight_wu(22, outputs == 2 ? 34 : 0);
    assert_in_range(btc_tx_weight_wu(&closing.tx), most - 8, most);
}

static void a_closing_pays_both_sides_what_is_theirs(void **state)
{
    struct ln_closing closing;
    (void)state;
    use_view(LN_STATIC_REMOTEKEY, 644, 5);
    struct ln_closing_view view = closing_view(6000000999, 3999999001, 1000);
    close_and_check(&view, 2, 1001); /* a satoshi is lost to rounding */
    view = closing_view(9999500000, 500000, 1000);
    close_and_check(&view, 1, 1500); /* dust */
    view = closing_view(999000, 9000000000, 1000);
    assert_int_equal(ln_closing_build(&closing, &view), LN_CLOSING_FEE);
    view = closing_view(5000000000, 5000000001, 1000);
    assert_int_equal(ln_closing_build(&closing, &view), LN_CLOSING_AMOUNTS);
    view = closing_view(1500000, 0, 1000);
    assert_int_equal(ln_closing_build(&closing, &view), LN_CLOSING_NO_OUTPUT);
}

int main(void)
{
    two_sides_init(&sides);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_transactions_of_appendix_c_are_built),
        cmocka_unit_test(the_transactions_of_appendix_f_are_built),
        cmocka_unit_test(any_view_makes_valid_transactions_whose_sums_are_right),
        cmocka_unit_test(what_cannot_be_built_changes_nothing),
        cmocka_unit_test(to_local_is_the_owners_after_the_delay_or_the_others_by_revocation),
        cmocka_unit_test(to_remote_and_anchors_are_spent_after_their_blocks),
        cmocka_unit_test(htlcs_are_claimed_by_the_other_with_preimage_timeout_or_revocation),
        cmocka_unit_test(a_second_stage_with_anchors_takes_more_inputs),
        cmocka_unit_test(a_closing_pays_both_sides_what_is_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
