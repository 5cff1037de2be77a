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
#include "protocol/bitcoin/verdicts.h"
#include "tests/bitcoin/payment.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define INPUTS 200
#define ROUNDS 15

static const struct {
    enum payment_form form;
    const char *name;
} rows[] = {{PAYMENT_P2PKH, "P2PKH"}, {PAYMENT_P2WPKH, "P2WPKH"}, {PAYMENT_P2WSH_MULTISIG, "P2WSH 2-of-2"}};

static struct payment payments[INPUTS];
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

static double time_floor(void)
{
    double start = cpu_seconds();
    for (unsigned i = 0; i < INPUTS; i++)
        for (unsigned k = 0; k < payments[i].signature_count; k++) {
            bool good = btc_ecdsa_verify(&curve, &payments[i].pairs[k], payments[i].hash, &payments[i].keys[k]);
            assert(good);
        }
    return cpu_seconds() - start;
}

static double time_scripts(btc_signature_judge *judge)
{
    double start = cpu_seconds();
    for (unsigned i = 0; i < INPUTS; i++) {
        uint32_t failed;
        const struct btc_tx_spend spend = {.curve = &curve,
                                           .tx = &payments[i].tx,
                                           .spent = &payments[i].spent,
                                           .judge = judge,
                                           .judge_context = &verdicts};
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
static double measure(const char *name)
{
    double floor = 1e9, new_keys = 1e9, known_keys = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        floor = least_of(floor, time_floor());
        new_keys = least_of(new_keys, time_scripts(NULL));
        known_keys = least_of(known_keys, time_scripts(btc_verdicts_judge));
    }
    double checks = INPUTS * (double)payments[0].signature_count;
    printf("%-14s bare %7.0f/s   whole inputs: new keys %7.0f/s ratio %.3f   known keys %7.0f/s ratio %.3f\n", name,
           checks / floor, checks / new_keys, floor / new_keys, checks / known_keys, floor / known_keys);
    return floor / known_keys;
}

int main(int argc, char **argv)
{
    double least = argc > 1 ? strtod(argv[1], NULL) / 100 : 0;
    bool enough = true;
    btc_curve_init(&curve);
    btc_verdicts_init(&verdicts, known, sizeof known / sizeof *known, NULL, 0);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        for (uint32_t i = 0; i < INPUTS; i++)
            payment_init(&payments[i], &curve, rows[row].form, i);
        enough = measure(rows[row].name) >= least && enough;
    }
    return enough ? 0 : 1;
}
