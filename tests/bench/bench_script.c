/* bench_script.c: how much of the bare signature check's speed is left when a whole input is verified.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Floor: secp256k1_ecdsa_verify on keys and signatures that are parsed already. Measured: btc_tx_verify under policy
 * flags on really signed transactions, all with different keys: hashing the transaction, running the scripts, reading
 * key and signature, checking. Both take turns in one thread, by CPU time, and of each the fastest round counts.
 *
 * Prints one line per script form: signature checks per second of both, and their ratio. Usage: bench_script [LEAST],
 * with LEAST the ratio in percent below which it fails (exit 1) for P2WPKH.
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/interpreter.h"
#include "protocol/bitcoin/verdicts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INPUTS 200
#define ROUNDS 15

enum form {
    P2PKH,
    P2WPKH,
    P2WSH_MULTISIG, /* 2 of 2: Lightning's funding output */
    FORMS
};

static const char *const form_names[FORMS] = {"P2PKH", "P2WPKH", "P2WSH 2-of-2"};

/* One transaction with one input and two outputs, its keys, and its signatures in the form the floor takes. */
struct job {
    struct btc_tx tx;
    struct btc_input input;
    struct btc_output outputs[2], spent;
    struct btc_bytes witness[4];
    struct btc_pubkey keys[2];
    struct btc_signature pairs[2];
    uint8_t hash[32], secrets[2][32], wires[2][33], ders[2][BTC_MAX_DER_BYTES + 1];
    uint8_t script[BTC_P2WSH_BYTES], code[128], script_sig[256];
    size_t der_lengths[2];
};

static struct job jobs[FORMS][INPUTS];
static struct btc_curve curve;
static struct btc_script_space space;
static struct btc_known_key known[1 << 14];
static struct btc_verdicts verdicts;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static unsigned signature_count(enum form form)
{
    return form == P2WSH_MULTISIG ? 2 : 1;
}

static void make_keys(struct job *job, enum form form, uint32_t number)
{
    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t seed[3] = {(uint32_t)form, number, i};
        btc_sha256(job->secrets[i], seed, sizeof seed);
        bool valid = btc_pubkey_from_secret(&curve, &job->keys[i], job->secrets[i]);
        assert(valid);
        btc_pubkey_write(&curve, job->wires[i], &job->keys[i]);
    }
}

/* The script of the spent output, and the script code that is signed. Returns the latter's length. */
static size_t make_script(struct job *job, enum form form)
{
    uint8_t key_hash[20], script_hash[32];
    struct btc_writer code;
    btc_hash160(key_hash, job->wires[0], 33);
    btc_script_p2pkh(job->code, key_hash);
    if (form == P2WSH_MULTISIG) {
        const struct btc_bytes keys[2] = {btc_bytes(job->wires[0], 33), btc_bytes(job->wires[1], 33)};
        btc_writer_init(&code, job->code, sizeof job->code);
        btc_script_multisig(&code, 2, keys, 2);
        btc_sha256(script_hash, job->code, code.length);
        btc_script_p2wsh(job->script, script_hash);
        job->spent.script = btc_bytes(job->script, BTC_P2WSH_BYTES);
        return code.length;
    }
    btc_script_p2wpkh(job->script, key_hash);
    job->spent.script =
        form == P2PKH ? btc_bytes(job->code, BTC_P2PKH_BYTES) : btc_bytes(job->script, BTC_P2WPKH_BYTES);
    return BTC_P2PKH_BYTES;
}

static void sign(struct job *job, enum form form, size_t code_length)
{
    struct btc_sighash_what what = {.tx = &job->tx,
                                    .type = BTC_SIGHASH_ALL,
                                    .script_code = btc_bytes(job->code, code_length),
                                    .value_sat = job->spent.value_sat};
    if (form == P2PKH)
        btc_sighash_legacy(job->hash, &what);
    else
        btc_sighash_segwit(job->hash, &what);
    for (unsigned i = 0; i < signature_count(form); i++) {
        bool done = btc_ecdsa_sign(&curve, &job->pairs[i], job->hash, job->secrets[i], BTC_SIGN_PLAIN);
        assert(done);
        job->der_lengths[i] = btc_signature_write_der(&curve, job->ders[i], &job->pairs[i]);
        job->ders[i][job->der_lengths[i]++] = BTC_SIGHASH_ALL;
    }
}

static void attach(struct job *job, enum form form, size_t code_length)
{
    struct btc_bytes first = btc_bytes(job->ders[0], job->der_lengths[0]);
    struct btc_bytes second = btc_bytes(job->ders[1], job->der_lengths[1]);
    job->input.witness = job->witness;
    if (form == P2PKH) {
        struct btc_writer script_sig;
        btc_writer_init(&script_sig, job->script_sig, sizeof job->script_sig);
        btc_script_push(&script_sig, first);
        btc_script_push(&script_sig, btc_bytes(job->wires[0], 33));
        job->input.script = btc_writer_view(&script_sig);
    } else if (form == P2WPKH) {
        job->witness[0] = first;
        job->witness[1] = btc_bytes(job->wires[0], 33);
        job->input.witness_count = 2;
    } else {
        job->witness[1] = first;
        job->witness[2] = second;
        job->witness[3] = btc_bytes(job->code, code_length);
        job->input.witness_count = 4;
    }
}

static void make_job(struct job *job, enum form form, uint32_t number)
{
    static const uint8_t pay[BTC_P2WPKH_BYTES] = {BTC_OP_0, 20};
    memset(job, 0, sizeof *job);
    make_keys(job, form, number);
    size_t code_length = make_script(job, form);
    job->spent.value_sat = 100000 + number;
    memcpy(job->input.previous.txid, job->secrets[0], 32);
    job->input.sequence = BTC_SEQUENCE_FINAL;
    job->outputs[0] = job->outputs[1] = (struct btc_output){40000, btc_bytes(pay, sizeof pay)};
    job->tx = (struct btc_tx){2, 0, 1, 2, &job->input, job->outputs};
    sign(job, form, code_length);
    attach(job, form, code_length);
}

static double time_floor(enum form form)
{
    double start = cpu_seconds();
    for (unsigned i = 0; i < INPUTS; i++)
        for (unsigned k = 0; k < signature_count(form); k++) {
            struct job *job = &jobs[form][i];
            bool good = btc_ecdsa_verify(&curve, &job->pairs[k], job->hash, &job->keys[k]);
            assert(good);
        }
    return cpu_seconds() - start;
}

static double time_scripts(enum form form, btc_signature_judge *judge)
{
    double start = cpu_seconds();
    for (unsigned i = 0; i < INPUTS; i++) {
        uint32_t failed;
        struct job *job = &jobs[form][i];
        const struct btc_tx_spend spend = {
            .curve = &curve, .tx = &job->tx, .spent = &job->spent, .judge = judge, .judge_context = &verdicts};
        enum btc_script_error error = btc_tx_verify(&space, &failed, &spend, BTC_VERIFY_POLICY);
        assert(error == BTC_SCRIPT_OK);
    }
    return cpu_seconds() - start;
}

static double least_of(double a, double b)
{
    return a < b ? a : b;
}

/* Returns the part of the floor's speed that known keys reach. */
static double measure(enum form form)
{
    double floor = 1e9, new_keys = 1e9, known_keys = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        floor = least_of(floor, time_floor(form));
        new_keys = least_of(new_keys, time_scripts(form, NULL));
        known_keys = least_of(known_keys, time_scripts(form, btc_verdicts_judge));
    }
    double checks = INPUTS * (double)signature_count(form);
    printf("%-14s bare %7.0f/s   whole inputs: new keys %7.0f/s ratio %.3f   known keys %7.0f/s ratio %.3f\n",
           form_names[form], checks / floor, checks / new_keys, floor / new_keys, checks / known_keys,
           floor / known_keys);
    return floor / known_keys;
}

int main(int argc, char **argv)
{
    double least = argc > 1 ? strtod(argv[1], NULL) / 100 : 0;
    bool enough = true;
    btc_curve_init(&curve);
    btc_verdicts_init(&verdicts, known, sizeof known / sizeof *known, NULL, 0);
    for (enum form form = 0; form < FORMS; form++) {
        for (uint32_t i = 0; i < INPUTS; i++)
            make_job(&jobs[form][i], form, i);
        enough = measure(form) >= least && enough;
    }
    return enough ? 0 : 1;
}
