/* stream.c: named random streams over Philox4x32-10.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/stream.h"

#include "sim/core.h"
#include <math.h>

/* Multipliers and Weyl constants of Philox4x32: Salmon et al. 2011, section 4.3. */
#define MULTIPLIER_0 UINT32_C(0xd2511f53)
#define MULTIPLIER_1 UINT32_C(0xcd9e8d57)
#define WEYL_0       UINT32_C(0x9e3779b9)
#define WEYL_1       UINT32_C(0xbb67ae85)

void philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        uint64_t product_0 = (uint64_t)MULTIPLIER_0 * c0;
        uint64_t product_1 = (uint64_t)MULTIPLIER_1 * c2;
        c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product_1;
        c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product_0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* ---- the generator --------------------------------------------------------------------------------------------- */

/* The next block: counter words 0 and 1 count blocks, 2 and 3 name the entity. */
static void refill(struct philox_state *state)
{
    philox4x32(state->output, state->counter, state->key);
    state->used = 0;
    if (++state->counter[0] == 0)
        state->counter[1]++;
}

static uint32_t next_word(struct philox_state *state)
{
    if (state->used >= 4)
        refill(state);
    return state->output[state->used++];
}

/* A double in [0, 1) with all 53 bits: probabilities far below 2^-32 occur in our studies. */
static double next_double(struct philox_state *state)
{
    uint32_t place = (state->used + 1) & ~UINT32_C(1); /* two words of one block; an odd one is skipped */
    if (place >= 4) {
        refill(state);
        place = 0;
    }
    uint64_t high = state->output[place], low = state->output[place + 1];
    state->used = place + 2;
    if (place == 2)
        refill(state);
    return (double)((high << 32 | low) >> 11) * 0x1p-53;
}

static void rng_set(void *state, unsigned long seed)
{
    *(struct philox_state *)state =
        (struct philox_state){.key = {(uint32_t)seed, (uint32_t)((uint64_t)seed >> 32)}, .used = 4};
}

static unsigned long rng_get(void *state)
{
    return next_word(state);
}

static double rng_get_double(void *state)
{
    return next_double(state);
}

static const gsl_rng_type philox_type = {.name = "philox4x32-10",
                                         .max = UINT32_MAX,
                                         .min = 0,
                                         .size = sizeof(struct philox_state),
                                         .set = rng_set,
                                         .get = rng_get,
                                         .get_double = rng_get_double};
const gsl_rng_type *const stream_rng_type = &philox_type;

/* ---- names ----------------------------------------------------------------------------------------------------- */

/* A bijection that spreads every bit over all others (Stafford's variant 13 of the finaliser of MurmurHash3). */
static uint64_t spread(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of_name(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    return hash;
}

void stream_open(struct sim_stream *stream, uint64_t seed, uint32_t replication, const char *purpose, uint64_t entity)
{
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t key = spread(seed + golden);
    key = spread((key ^ replication) + golden);
    key = spread((key ^ hash_of_name(purpose)) + golden);
    stream->state = (struct philox_state){.key = {(uint32_t)key, (uint32_t)(key >> 32)},
                                          .counter = {0, 0, (uint32_t)entity, (uint32_t)(entity >> 32)},
                                          .used = 4};
}

void sim_stream_open(struct sim_stream *stream, struct sim *sim, const char *purpose, uint64_t entity)
{
    sim->stream_count++;
    stream_open(stream, sim->options.seed, sim->options.replication, purpose, entity);
}

uint64_t sim_stream_count(const struct sim *sim)
{
    return sim->stream_count;
}

/* ---- draws ----------------------------------------------------------------------------------------------------- */

gsl_rng *stream_rng(struct sim_stream *stream)
{
    stream->rng = (gsl_rng){.type = stream_rng_type, .state = &stream->state};
    return &stream->rng;
}

double stream_uniform(struct sim_stream *stream)
{
    return next_double(&stream->state);
}

double stream_exponential(struct sim_stream *stream, double mean)
{
    return -mean * log(1.0 - next_double(&stream->state));
}
