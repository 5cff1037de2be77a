/* test_vector_bolt03_txs.c: every transaction of BOLT 3's appendices B, C and F, byte by byte.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Both signatures are made here too, and each transaction is evaluated by the interpreter, whole and with bits of its
 * witness flipped. Usage: test_vector_bolt03_txs [STEP]: flips each STEP-th bit, each one without.
 */
#include "protocol/bitcoin/hash.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/two_sides.h"
#include "tests/support/flat.h"

#include <stdlib.h>

static struct two_sides sides;
static struct flat flat;
static unsigned flip_step = 1;

struct totals {
    unsigned commitments;
    unsigned htlc_txs;
    unsigned flips;
};

static void expect_key(const char *name, const uint8_t key[33])
{
    uint8_t expected[33];
    flat_exact(&flat, expected, 33, "common.%s", name);
    assert_memory_equal(key, expected, 33);
}

/* The keys that the test derives are those of the appendix. */
static void check_common(void)
{
    uint8_t factor[6];
    expect_key("local_htlcpubkey", sides.keys.owner_htlc);
    expect_key("remote_htlcpubkey", sides.keys.other_htlc);
    expect_key("local_delayedpubkey", sides.keys.owner_delayed);
    expect_key("local_revocation_pubkey", sides.keys.revocation);
    expect_key("remote_payment_basepoint", sides.keys.other_payment);
    expect_key("local_funding_pubkey", sides.funding_keys[0]);
    expect_key("remote_funding_pubkey", sides.funding_keys[1]);
    flat_exact(&flat, factor, 6, "common.obscuring_factor");
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(sides.view.obscuring_factor >> (8 * (5 - i)) & 0xff, factor[i]);
    }
    for (unsigned i = 0; i < TWO_SIDES_HTLCS; i++) {
        assert_int_equal(sides.htlcs[i].amount_msat, flat_number(&flat, "common.htlcs[%u].amount_msat", i));
        assert_int_equal(sides.htlcs[i].cltv_expiry_height, flat_number(&flat, "common.htlcs[%u].cltv_expiry", i));
        bool offered = strcmp(flat_text(&flat, "common.htlcs[%u].direction", i), "local->remote") == 0;
        assert_int_equal(sides.htlcs[i].side == LN_HTLC_OFFERED, offered);
    }
}

static void read_view(unsigned i, enum ln_channel_form form)
{
    struct ln_commitment_view *view = &sides.view;
    view->terms.form = form;
    view->terms.feerate_sat_per_kwu = (uint32_t)flat_number(&flat, "cases[%u].feerate_per_kw", i);
    view->terms.dust_limit_sat = flat_find(&flat, "cases[%u].dust_limit_satoshi", i) == NULL
                                     ? flat_number(&flat, "common.dust_limit_satoshi")
                                     : flat_number(&flat, "cases[%u].dust_limit_satoshi", i);
    view->owner_msat = flat_number(&flat, "cases[%u].to_local_msat", i);
    view->other_msat = flat_number(&flat, "cases[%u].to_remote_msat", i);
    view->htlc_count = flat_length(&flat, "cases[%u].htlc_ids", i);
    for (unsigned k = 0; k < view->htlc_count; k++) {
        sides.chosen[k] = sides.htlcs[flat_number(&flat, "cases[%u].htlc_ids[%u]", i, k)];
    }
}

static void expect_tx(const struct btc_tx *tx, const char *hex)
{
    static uint8_t expected[4096];
    static uint8_t bytes[4096];
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_tx_write(&writer, tx, BTC_TX_WITNESS);
    assert_int_equal(writer.length, hex_read(expected, sizeof expected, hex));
    assert_memory_equal(bytes, expected, writer.length);
}

static void expect_der(const struct btc_signature *signature, const char *hex)
{
    uint8_t expected[80];
    uint8_t der[LN_DER_SIGNATURE_BYTES];
    if (hex != NULL) {
        size_t length = ln_signature_der(&sides.curve, der, signature, 1) - 1;
        assert_int_equal(length, hex_read(expected, sizeof expected, hex));
        assert_memory_equal(der, expected, length);
    }
}

/* Appendix C lists what each output is, in the order of its text, which is not that of the transaction. */
static void check_outputs(unsigned i)
{
    for (unsigned k = 0; k < flat_length(&flat, "cases[%u].output_scripts", i); k++) {
        if (flat_find(&flat, "cases[%u].output_scripts[%u].wscript", i, k) == NULL) {
            continue;
        }
        uint8_t script[256];
        size_t length = flat_bytes(&flat, script, sizeof script, "cases[%u].output_scripts[%u].wscript", i, k);
        uint64_t amount_sat = flat_number(&flat, "cases[%u].output_scripts[%u].amount_satoshi", i, k);
        bool found = false;
        for (uint32_t output = 0; output < sides.commitment.tx.output_count && !found; output++) {
            found = btc_bytes_equal(sides.commitment.outputs[output].script, btc_bytes(script, length)) &&
                    (uint64_t)sides.commitment.tx.outputs[output].value_sat == amount_sat;
        }
        assert_true(found);
    }
}

static void check_fee(unsigned i)
{
    int64_t out_sat = btc_tx_output_sum_sat(&sides.commitment.tx);
    if (flat_find(&flat, "cases[%u].base_fee_satoshi", i) != NULL) {
        assert_int_equal(ln_commitment_fee_sat(&sides.view.terms, sides.commitment.htlc_count),
                         flat_number(&flat, "cases[%u].base_fee_satoshi", i));
    }
    if (flat_find(&flat, "cases[%u].actual_fee_satoshi", i) != NULL) {
        assert_int_equal(sides.view.funding_sat - out_sat, flat_number(&flat, "cases[%u].actual_fee_satoshi", i));
    }
}

static void check_second_stage(unsigned i, unsigned k, uint32_t output, struct totals *totals)
{
    const struct btc_output *spent = &sides.commitment.tx.outputs[output];
    two_sides_second_stage(&sides, output);
    expect_tx(&sides.htlc_tx.tx, flat_text(&flat, "cases[%u].htlc_txs[%u].tx", i, k));
    expect_der(&sides.htlc_signatures[1], flat_text(&flat, "cases[%u].htlc_txs[%u].remote_htlc_signature_der", i, k));
    expect_der(&sides.htlc_signatures[0], flat_find(&flat, "cases[%u].htlc_txs[%u].local_htlc_signature_der", i, k));
    assert_true(two_sides_valid(&sides, &sides.htlc_tx.tx, spent));
    totals->flips += two_sides_flip(&sides, &sides.htlc_tx.tx, spent, flip_step);
    totals->htlc_txs++;
}

static void check_case(unsigned i, struct totals *totals)
{
    uint8_t script[34];
    unsigned next = 0;
    two_sides_commit(&sides);
    struct btc_output funding = two_sides_funding(&sides, script);
    expect_tx(&sides.commitment.tx, flat_text(&flat, "cases[%u].commit_tx", i));
    expect_der(&sides.commitment_signatures[1], flat_text(&flat, "cases[%u].remote_signature_der", i));
    expect_der(&sides.commitment_signatures[0], flat_find(&flat, "cases[%u].local_signature_der", i));
    assert_int_equal(ln_commitment_number(&sides.commitment.tx, sides.view.obscuring_factor), 42);
    assert_true(two_sides_valid(&sides, &sides.commitment.tx, &funding));
    totals->flips += two_sides_flip(&sides, &sides.commitment.tx, &funding, flip_step);
    totals->commitments++;
    check_outputs(i);
    check_fee(i);
    for (uint32_t output = 0; output < sides.commitment.tx.output_count; output++) {
        if (sides.commitment.outputs[output].kind == LN_OUTPUT_HTLC) {
            check_second_stage(i, next++, output, totals);
        }
    }
    assert_int_equal(next, flat_length(&flat, "cases[%u].htlc_txs", i));
}

static struct totals check_file(const char *name, enum ln_channel_form form)
{
    struct totals totals = {0};
    assert_true(flat_open(&flat, KONSENTO_SHARED, name));
    two_sides_init(&sides);
    check_common();
    for (unsigned i = 0; i < flat_length(&flat, "cases"); i++) {
        read_view(i, form);
        check_case(i, &totals);
    }
    printf("%s: %u commitments, %u second stages, %u flipped bits\n", name, totals.commitments, totals.htlc_txs,
           totals.flips);
    flat_close(&flat);
    return totals;
}

static void every_commitment_with_static_remotekey_is_built(void **state)
{
    (void)state;
    struct totals totals = check_file("bolt03-commitment", LN_STATIC_REMOTEKEY);
    assert_int_equal(totals.commitments, 16);
    assert_int_equal(totals.htlc_txs, 33);
}

static void every_commitment_with_anchors_is_built(void **state)
{
    (void)state;
    struct totals totals = check_file("bolt03-commitment-anchors", LN_ANCHORS);
    assert_int_equal(totals.commitments, 9);
    assert_int_equal(totals.htlc_txs, 15);
}

/* BOLT 3, fees, example. */
static void the_fee_example_holds(void **state)
{
    struct ln_fee_terms terms = {.form = LN_STATIC_REMOTEKEY};
    uint64_t actual_sat = 0;
    uint32_t untrimmed = 0;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt03-fee-example"));
    terms.feerate_sat_per_kwu = (uint32_t)flat_number(&flat, "cases[0].feerate_per_kw");
    terms.dust_limit_sat = flat_number(&flat, "cases[0].dust_limit_satoshi");
    for (unsigned side = 0; side < 2; side++) {
        const char *list = side == 0 ? "offered_htlc_sat" : "received_htlc_sat";
        for (unsigned k = 0; k < flat_length(&flat, "cases[0].%s", list); k++) {
            uint64_t amount_sat = flat_number(&flat, "cases[0].%s[%u]", list, k);
            bool trimmed = ln_htlc_is_trimmed(&terms, (enum ln_htlc_side)side, amount_sat * 1000);
            untrimmed += !trimmed;
            actual_sat += trimmed ? amount_sat : 0;
        }
    }
    assert_int_equal(ln_htlc_weight_wu(terms.form, LN_HTLC_OFFERED),
                     flat_number(&flat, "cases[0].htlc_timeout_weight"));
    assert_int_equal(ln_htlc_fee_sat(&terms, LN_HTLC_OFFERED), flat_number(&flat, "cases[0].htlc_timeout_fee_sat"));
    assert_int_equal(ln_htlc_weight_wu(terms.form, LN_HTLC_RECEIVED),
                     flat_number(&flat, "cases[0].htlc_success_weight"));
    assert_int_equal(ln_htlc_fee_sat(&terms, LN_HTLC_RECEIVED), flat_number(&flat, "cases[0].htlc_success_fee_sat"));
    assert_int_equal(ln_commitment_weight_wu(terms.form, untrimmed), flat_number(&flat, "cases[0].commitment_weight"));
    uint64_t base_sat = ln_commitment_fee_sat(&terms, untrimmed);
    assert_int_equal(base_sat, flat_number(&flat, "cases[0].base_fee_sat"));
    assert_int_equal(base_sat + actual_sat, flat_number(&flat, "cases[0].actual_fee_sat"));
    printf("bolt03-fee-example: 1 case\n");
    flat_close(&flat);
}

/* The funding transaction: 2-of-2 and change in BIP 69 order, signed for a P2PKH coin. */
static void the_funding_transaction_is_built(void **state)
{
    uint8_t keys[2][33];
    uint8_t script[LN_FUNDING_SCRIPT_BYTES];
    uint8_t expected[LN_FUNDING_SCRIPT_BYTES];
    uint8_t secret[32];
    uint8_t wire[33];
    uint8_t hash[32];
    uint8_t funding_script[34];
    uint8_t change_script[22];
    uint8_t coin_script[25];
    uint8_t txid[32];
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt03-funding"));
    flat_exact(&flat, keys[0], 33, "cases[0].local_funding_pubkey");
    flat_exact(&flat, keys[1], 33, "cases[0].remote_funding_pubkey");
    flat_exact(&flat, expected, sizeof expected, "cases[0].funding_witness_script");
    flat_exact(&flat, secret, 32, "cases[0].coinbase_privkey");
    ln_script_funding(script, keys[1], keys[0]);
    assert_memory_equal(script, expected, sizeof script);
    assert_true(btc_pubkey_wire_from_secret(&sides.curve, wire, secret));
    btc_sha256(hash, script, sizeof script);
    btc_script_p2wsh(funding_script, hash);
    btc_hash160(hash, wire, 33);
    btc_script_p2wpkh(change_script, hash);
    btc_script_p2pkh(coin_script, hash);
    struct btc_output outputs[2] = {
        {(int64_t)flat_number(&flat, "cases[0].change_satoshis"), btc_bytes(change_script, 22)},
        {(int64_t)flat_number(&flat, "cases[0].funding_satoshis"), btc_bytes(funding_script, 34)}};
    struct btc_input input = {.sequence = BTC_SEQUENCE_FINAL};
    struct btc_tx tx = {2, 0, 1, 2, &input, outputs};
    flat_exact(&flat, txid, 32, "cases[0].input_txid");
    btc_txid_reverse(input.previous.txid, txid);
    btc_tx_sort_bip69(&tx);
    struct btc_sighash_what what = {.tx = &tx, .type = BTC_SIGHASH_ALL, .script_code = btc_bytes(coin_script, 25)};
    struct btc_signature signature;
    uint8_t unlock[1 + LN_DER_SIGNATURE_BYTES + 1 + 33];
    btc_sighash_legacy(hash, &what);
    assert_true(btc_ecdsa_sign(&sides.curve, &signature, hash, secret, BTC_SIGN_PLAIN));
    size_t length = ln_signature_der(&sides.curve, unlock + 1, &signature, BTC_SIGHASH_ALL);
    unlock[0] = (uint8_t)length;
    unlock[1 + length] = 33;
    memcpy(unlock + 2 + length, wire, 33);
    input.script = btc_bytes(unlock, length + 35);
    expect_tx(&tx, flat_text(&flat, "cases[0].funding_tx"));
    btc_txid(hash, &tx);
    btc_txid_reverse(hash, hash);
    flat_exact(&flat, txid, 32, "cases[0].funding_txid");
    assert_memory_equal(hash, txid, 32);
    printf("bolt03-funding: 1 case\n");
    flat_close(&flat);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        flip_step = (unsigned)strtoul(argv[1], NULL, 10);
        assert(flip_step > 0);
    }
    if (!flat_open(&flat, KONSENTO_SHARED, "bolt03-commitment")) {
        printf("skipped: no published vectors in %s\n", KONSENTO_SHARED);
        return TEST_SKIPPED;
    }
    flat_close(&flat);
    two_sides_init(&sides);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_commitment_with_static_remotekey_is_built),
        cmocka_unit_test(every_commitment_with_anchors_is_built),
        cmocka_unit_test(the_fee_example_holds),
        cmocka_unit_test(the_funding_transaction_is_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
