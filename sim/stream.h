/* stream.h: named random streams: who draws, and what for, decide the numbers; when decides nothing.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A stream is Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), a counter-based
 * generator: key = mix(seed, replication, hash(purpose)), counter = (draw number, entity). Two streams with different
 * (purpose, entity) never share numbers, and a new consumer never shifts an old one. The payment rail is not in the
 * key, so all rails of a comparison meet identical worlds (common random numbers).
 *
 * It is exposed as a gsl_rng_type: pass stream_rng(&s) to any gsl_ran_* function.
 */
#ifndef KONSENTO_SIM_STREAM_H
#define KONSENTO_SIM_STREAM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

struct sim;

struct philox_state {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t output[4];
    uint32_t used; /* words of output already given, 0..4 */
};

/* Lives in the caller's memory; may be copied only before first use through stream_rng (it points into itself then). */
struct sim_stream {
    struct philox_state state;
    gsl_rng rng;
};

/* Opens the stream (sim's seed and replication, purpose, entity). Counts in sim_stream_count. */
void sim_stream_open(struct sim_stream *stream, struct sim *sim, const char *purpose, uint64_t entity);
/* The same without a simulator. */
void stream_open(struct sim_stream *stream, uint64_t seed, uint32_t replication, const char *purpose, uint64_t entity);
/* Streams opened in this replication: 0 says that the run is deterministic whatever the seed. */
uint64_t sim_stream_count(const struct sim *sim);

/* The stream as a GSL generator; valid while the stream stays where it is. */
gsl_rng *stream_rng(struct sim_stream *stream);
extern const gsl_rng_type *const stream_rng_type;

/* The two draws of the hot paths without the detour through GSL; the same numbers as gsl_rng_uniform and, but for the
 * last bits, gsl_ran_exponential: in [0, 1) with 53 bits, and by inversion with the given mean. */
double stream_uniform(struct sim_stream *stream);
double stream_exponential(struct sim_stream *stream, double mean);

/* One block of Philox4x32-10. */
void philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

#endif
