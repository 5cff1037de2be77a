/* figures_parts.c: the digest and the random draws by themselves.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "figures.h"
#include "sim/digest.h"
#include "sim/stream.h"

#include <assert.h>
#include <gsl/gsl_randist.h>

#define COUNT 500000

static uint64_t run_digest(void *self, size_t count)
{
    uint64_t *chain = self;
    for (size_t i = 0; i < count; i++)
        *chain = digest_event(*chain, (int64_t)i * 1000, i & 1023, i);
    return *chain;
}

static uint64_t run_word(void *self, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += gsl_rng_get(self);
    return sum;
}

static uint64_t run_uniform(void *self, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += gsl_rng_uniform(self);
    return (uint64_t)sum;
}

static uint64_t run_gsl_exponential(void *self, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += gsl_ran_exponential(self, 1);
    return (uint64_t)sum;
}

static uint64_t run_ziggurat(void *self, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += gsl_ran_gaussian_ziggurat(self, 1);
    return (uint64_t)(sum * sum);
}

static uint64_t run_stream_uniform(void *self, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += stream_uniform(self);
    return (uint64_t)sum;
}

static uint64_t run_stream_exponential(void *self, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += stream_exponential(self, 1);
    return (uint64_t)sum;
}

/* A stream for each entity, one draw from each. */
static uint64_t run_open_and_draw(void *self, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        stream_open(self, 1, 0, "arrival", i);
        sum += stream_exponential(self, 1);
    }
    return (uint64_t)sum;
}

static void draw_figure(struct report *report, unsigned rounds, const char *name, struct lane mine, struct lane floor)
{
    struct lane lanes[] = {floor, mine};
    race(lanes, 2, rounds, COUNT);
    report_figure(report,
                  &(struct figure){name, "ns", lanes[1].best_ns, lanes[0].best_ns, "the same by GSL's mt19937", 0});
}

void figures_parts(struct report *report, enum effort effort)
{
    unsigned rounds = effort == EFFORT_QUICK ? 2 : 10;
    struct sim_stream stream;
    uint64_t chain = DIGEST_START;
    gsl_rng *mt = gsl_rng_alloc(gsl_rng_mt19937);
    assert(mt != NULL);
    stream_open(&stream, 1, 0, "bench", 0);
    gsl_rng *rng = stream_rng(&stream);
    report_title("digest, by itself: what it would cost if nothing ran beside it");
    struct lane digest = {run_digest, &chain, 0};
    race(&digest, 1, rounds, COUNT);
    report_figure(report, &(struct figure){"digest of one event", "ns", digest.best_ns, 0, NULL, 0});
    report_title("one draw");
    draw_figure(report, rounds, "word", (struct lane){run_word, rng, 0}, (struct lane){run_word, mt, 0});
    draw_figure(report, rounds, "gsl_rng_uniform (53 bits)", (struct lane){run_uniform, rng, 0},
                (struct lane){run_uniform, mt, 0});
    draw_figure(report, rounds, "stream_uniform", (struct lane){run_stream_uniform, &stream, 0},
                (struct lane){run_uniform, mt, 0});
    draw_figure(report, rounds, "gsl_ran_exponential", (struct lane){run_gsl_exponential, rng, 0},
                (struct lane){run_gsl_exponential, mt, 0});
    draw_figure(report, rounds, "stream_exponential", (struct lane){run_stream_exponential, &stream, 0},
                (struct lane){run_gsl_exponential, mt, 0});
    draw_figure(report, rounds, "gsl_ran_gaussian_ziggurat", (struct lane){run_ziggurat, rng, 0},
                (struct lane){run_ziggurat, mt, 0});
    draw_figure(report, rounds, "open a stream, draw one exponential", (struct lane){run_open_and_draw, &stream, 0},
                (struct lane){run_gsl_exponential, mt, 0});
    gsl_rng_free(mt);
}
