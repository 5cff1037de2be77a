/* bench_channel.c: what channels cost beside the curve operations that they cannot do without.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One round: an HTLC is added, committed at both ends, fulfilled, committed again. Both ends run here, messages are
 * encoded and decoded. That takes 4 commitment_signed and 4 revoke_and_ack; with one HTLC per batch 6 signatures. The
 * floor is the bare work, timed in this program by turns with the rounds, of which the fastest counts:
 *
 *     real   signatures and their verification; the keys of 4 commitments at both ends, 2 of them with HTLC keys;
 *            the point of 4 secrets made by one end, and again by the other; parsing 4 points; the hashes of scripts,
 *            transactions and what is signed
 *     memo   the same, but nothing twice, revocation keys from their secrets, no verification, and no parsing of points
 * that the other end has made
 *
 * Prints rate, floor, ratio. Usage: bench_channel [LEAST TOKENS]: fails (exit 1) if a ratio is below LEAST percent or
 * tokens make fewer rounds per second than TOKENS. As the fastest turn counts, more turns are given to a figure that
 * falls short, for the sake of machines that do other work as well.
 */
#include "protocol/bitcoin/hash.h"
#include "tests/lightning/relay.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURNS     9
#define TURNS_MAX 60

static struct relay relay;
static double least_ratio;
static double least_tokens;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- rounds ---- */

static void run_round(unsigned batch)
{
    uint64_t first = relay.duo.ends[0].channel.next_id[LN_US];
    for (unsigned i = 0; i < batch; i++) {
        relay_add(&relay, 0, batch == 1 ? 50000000 : 2000000, i);
    }
    relay_settle(&relay);
    for (unsigned i = 0; i < batch; i++) {
        relay_fulfill(&relay, 1, first + i, i);
    }
    relay_settle(&relay);
    assert(relay.duo.ends[0].pool.used == 0 && relay.duo.ends[1].pool.used == 0);
}

/* Money goes one way only: a new channel whenever it is all over there. */
static void renew(enum ln_backend_kind backend)
{
    struct duo_setup setup = {.backend = backend,
                              .share = backend == LN_BACKEND_TOKEN,
                              .flags = LN_CHANNEL_ANCHORS | LN_CHANNEL_ZERO_CONF,
                              .slots = 512,
                              .feerate_sat_per_kwu = 1000,
                              .funding_sat = 16000000};
    relay_open(&relay, &setup);
}

/* ---- the floor ---- */

struct bare {
    struct btc_curve curve;
    uint8_t secret[32];
    uint8_t hash[32];
    uint8_t wire[33];
    struct btc_pubkey key;
    struct btc_signature signature;
};

/* With memo both secrets of the revocation key are known in this process. */
static void derive_bare(struct bare *bare, bool htlcs, bool memo)
{
    bool good = true;
    uint8_t wire[33];
    uint8_t tweak[32];
    for (unsigned i = 0; i < (htlcs ? 3u : 1u); i++) {
        struct btc_pubkey key = bare->key;
        uint8_t both[66] = {0};
        btc_sha256(tweak, both, sizeof both);
        good &= btc_pubkey_add(&bare->curve, &key, tweak);
        btc_pubkey_write(&bare->curve, wire, &key);
    }
    struct btc_pubkey a = bare->key;
    struct btc_pubkey b = bare->key;
    if (memo) {
        good &= btc_pubkey_wire_from_secret(&bare->curve, wire, bare->secret);
        assert(good);
        return;
    }
    good &= btc_pubkey_multiply(&bare->curve, &a, tweak) && btc_pubkey_multiply(&bare->curve, &b, bare->secret) &&
            btc_pubkey_combine(&bare->curve, &a, &a, &b);
    btc_pubkey_write(&bare->curve, wire, &a);
    assert(good);
}

/* The hashes of one commitment and of its HTLCs' second stages: scripts, txid, what is signed. */
static void hash_bare(unsigned htlcs)
{
    static const uint8_t bytes[300] = {0};
    uint8_t hash[32];
    for (unsigned i = 0; i < 4 + htlcs; i++) {
        btc_sha256(hash, bytes, 100); /* witness scripts */
    }
    btc_sha256d(hash, bytes, 137 + 43); /* txid */
    btc_sha256d(hash, bytes, 36);
    btc_sha256d(hash, bytes, 4);
    btc_sha256d(hash, bytes, 172);
    btc_sha256d(hash, bytes, 222);
    for (unsigned i = 0; i < htlcs; i++) {
        btc_sha256(hash, bytes, 79);
        btc_sha256d(hash, bytes, 43);
        btc_sha256d(hash, bytes, 286);
    }
}

static void run_floor(struct bare *bare, unsigned batch, bool memo)
{
    struct btc_pubkey point;
    unsigned signatures = 4 + 2 * batch;
    bool good = true;
    for (unsigned i = 0; i < signatures; i++) {
        bare->hash[0] = (uint8_t)i;
        good &= btc_ecdsa_sign(&bare->curve, &bare->signature, bare->hash, bare->secret, BTC_SIGN_PLAIN);
        good &= memo || btc_ecdsa_verify(&bare->curve, &bare->signature, bare->hash, &bare->key);
    }
    for (unsigned end = 0; end < (memo ? 1u : 2u); end++) {
        for (unsigned commitment = 0; commitment < 4; commitment++) {
            derive_bare(bare, commitment < 2, memo);
            good &= btc_pubkey_from_secret(&bare->curve, &point, bare->secret);
        }
    }
    for (unsigned i = 0; i < 4 && !memo; i++) {
        good &= btc_pubkey_read_compressed(&bare->curve, &point, bare->wire);
    }
    for (unsigned end = 0; end < (memo ? 1u : 2u); end++) {
        hash_bare(batch);
        hash_bare(batch);
        hash_bare(0);
        hash_bare(0);
    }
    assert(good);
}

/* ---- measuring ---- */

static double time_rounds(unsigned batch, unsigned rounds)
{
    double start = cpu_seconds();
    for (unsigned i = 0; i < rounds; i++) {
        run_round(batch);
    }
    return (cpu_seconds() - start) / rounds;
}

static double time_floor(struct bare *bare, unsigned batch, bool memo, unsigned rounds)
{
    double start = cpu_seconds();
    for (unsigned i = 0; i < rounds; i++) {
        run_floor(bare, batch, memo);
    }
    return (cpu_seconds() - start) / rounds;
}

static double least_of(double a, double b)
{
    return a < b ? a : b;
}

/* Returns the ratio of floor to rounds. */
static double measure(const char *name, enum ln_backend_kind backend, unsigned batch)
{
    static struct bare bare;
    double rounds = 1e9;
    double floor = 1e9;
    unsigned many = batch == 1 ? 20 : 2;
    memset(bare.secret, 0x11, 32);
    btc_curve_init(&bare.curve);
    bool good = btc_pubkey_from_secret(&bare.curve, &bare.key, bare.secret);
    assert(good);
    btc_pubkey_write(&bare.curve, bare.wire, &bare.key);
    for (unsigned turn = 0; turn < TURNS || (turn < TURNS_MAX && 100 * floor / rounds < least_ratio); turn++) {
        renew(backend);
        rounds = least_of(rounds, time_rounds(batch, many));
        floor = least_of(floor, time_floor(&bare, batch, backend == LN_BACKEND_MEMO, many));
    }
    printf("%-22s %9.0f HTLCs/s   floor %9.0f/s   %5.1f %%\n", name, batch / rounds, batch / floor,
           100 * floor / rounds);
    return 100 * floor / rounds;
}

static double measure_tokens(const char *name, unsigned batch)
{
    double rounds = 1e9;
    for (unsigned turn = 0; turn < 2 * TURNS || (turn < TURNS_MAX && batch / rounds < least_tokens); turn++) {
        renew(LN_BACKEND_TOKEN);
        rounds = least_of(rounds, time_rounds(batch, batch == 1 ? 200 : 20));
    }
    printf("%-22s %9.0f HTLCs/s\n", name, batch / rounds);
    return batch / rounds;
}

int main(int argc, char **argv)
{
    double least = 100;
    if (argc > 2) {
        least_ratio = strtod(argv[1], NULL);
        least_tokens = strtod(argv[2], NULL);
    }
    printf("struct ln_channel: %zu bytes; a record: %zu bytes\n", sizeof(struct ln_channel), sizeof(struct ln_slot));
    least = least_of(least, measure("real, one at a time", LN_BACKEND_REAL, 1));
    least = least_of(least, measure("real, batches of 100", LN_BACKEND_REAL, 100));
    least = least_of(least, measure("memo, one at a time", LN_BACKEND_MEMO, 1));
    least = least_of(least, measure("memo, batches of 100", LN_BACKEND_MEMO, 100));
    double tokens = measure_tokens("token, one at a time", 1);
    measure_tokens("token, batches of 100", 100);
    return least < least_ratio || tokens < least_tokens;
}
