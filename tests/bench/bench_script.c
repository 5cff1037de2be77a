/* bench_script.c: how much of the bare signature check's speed is left when whole inputs are verified.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Floor: secp256k1_ecdsa_verify on keys and signatures that are parsed already. Measured: btc_tx_verify under policy
 * flags on really signed transactions, all with different keys: hashing the transaction, running the scripts, reading
 * key and signature, checking. Once with keys that were never seen, once with keys that a node remembers (verdicts.h).
 *
 * The three take turns in one thread, by CPU time, some milliseconds each, and each turn is compared with the floor of
 * its own round: what slows the machine for longer slows both. The median of these ratios is the figure.
 *
 * Prints one line per kind of transaction: signature checks per second and ratios. Usage: bench_script [LEAST], with
 * LEAST the ratio in percent that each figure must reach; else exit 1.
 */
#include "protocol/bitcoin/verdicts.h"
#include "tests/bitcoin/payment.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define INPUTS 200
#define ROUNDS 31

static const struct {
    enum payment_form form;
    uint32_t inputs;
    const char *name;
} rows[] = {
    {PAYMENT_P2PKH, 1, "P2PKH"},
    {PAYMENT_P2WPKH, 1, "P2WPKH"},
    {PAYMENT_P2WPKH, 5, "P2WPKH, 5 inputs"},
    {PAYMENT_P2WSH_MULTISIG, 1, "P2WSH 2-of-2"},
    {PAYMENT_P2WSH_HTLC, 1, "P2WSH HTLC"},
};

/* The transactions of one row. */
static struct joint_payment joints[INPUTS];
static uint32_t joint_count;

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
    for (uint32_t i = 0; i < joint_count; i++)
        for (uint32_t k = 0; k < joints[i].tx.input_count; k++) {
            const struct payment *part = &joints[i].parts[k];
            for (unsigned s = 0; s < part->signature_count; s++) {
                bool good = btc_ecdsa_verify(&curve, &part->pairs[s], part->hash, &part->keys[s]);
                assert(good);
            }
        }
    return cpu_seconds() - start;
}

static double time_scripts(btc_signature_judge *judge)
{
    double start = cpu_seconds();
    for (uint32_t i = 0; i < joint_count; i++) {
        uint32_t failed;
        const struct btc_tx_spend spend = {
            .curve = &curve, .tx = &joints[i].tx, .spent = joints[i].spent, .judge = judge, .judge_context = &verdicts};
        enum btc_script_error error = btc_tx_verify(&space, &failed, &spend, BTC_VERIFY_POLICY);
        assert(error == BTC_SCRIPT_OK);
    }
    return cpu_seconds() - start;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

/* Returns the smaller ratio. */
static double measure(const char *name)
{
    double floor[ROUNDS], new_keys[ROUNDS], known_keys[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        floor[round] = time_floor();
        new_keys[round] = floor[round] / time_scripts(NULL);
        known_keys[round] = floor[round] / time_scripts(btc_verdicts_judge);
    }
    double checks = joints[0].parts[0].signature_count * (double)joint_count * joints[0].tx.input_count;
    double bare = checks / median(floor), new_ratio = median(new_keys), known_ratio = median(known_keys);
    printf("%-17s bare %6.0f/s   whole inputs: new keys %6.0f/s ratio %.3f   known keys %6.0f/s ratio %.3f\n", name,
           bare, bare * new_ratio, new_ratio, bare * known_ratio, known_ratio);
    return new_ratio < known_ratio ? new_ratio : known_ratio;
}

int main(int argc, char **argv)
{
    double least = argc > 1 ? strtod(argv[1], NULL) / 100 : 0;
    bool enough = true;
    btc_curve_init(&curve);
    btc_verdicts_init(&verdicts, known, sizeof known / sizeof *known, NULL, 0);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        joint_count = INPUTS / rows[row].inputs;
        for (uint32_t i = 0; i < joint_count; i++)
            joint_payment_init(&joints[i], &curve, rows[row].form, i * PAYMENT_JOINED, rows[row].inputs);
        enough = measure(rows[row].name) >= least && enough;
    }
    return enough ? 0 : 1;
}
