/* mempool.c: experiment on other people's demand: the mempool and the fees of an era's days.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/calendar.h"
#include "models/chain/era.h"
#include "models/lab/bench.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#define MILLION      1e6
#define START_UNIX_S INT64_C(1519862400) /* 2018-03-01 */
#define EMPTY_SHARE  0.01                /* blocks that hold a coinbase alone */
#define LOOK_US      (10 * MINUTE_US)    /* between two looks at the pool */
#define LOOKS_A_DAY  (DAY_US / LOOK_US)

struct days {
    struct feemarket market;
    gsl_rng *rng;
    double interval_us;
    int64_t next_us;
    uint64_t blocks;
    double mined_vb;
    double part[FEEMARKET_BUCKETS];     /* of the weight that are payments */
    double payments[FEEMARKET_BUCKETS]; /* mined */
    double *pool_mvb;                   /* mean of each day */
};

/* Mines all blocks up to a time. */
static void mine_until(struct days *days, int64_t until_us)
{
    struct feemarket_block block;
    for (; days->next_us <= until_us; days->next_us += (int64_t)gsl_ran_exponential(days->rng, days->interval_us)) {
        feemarket_advance(&days->market, days->rng, days->next_us);
        feemarket_mine(&days->market, &block, gsl_rng_uniform(days->rng) < EMPTY_SHARE ? 0.0 : FEEMARKET_CAPACITY_VB);
        days->blocks++;
        days->mined_vb += block.total_vb;
        for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
            days->payments[i] += block.mined_vb[i] * days->part[i];
    }
}

static bool live(struct bench *bench, struct days *days, uint32_t count)
{
    for (uint32_t day = 0; day < count; day++) {
        if (bench_is_over(bench))
            return false;
        for (int64_t look = 1; look <= LOOKS_A_DAY; look++) {
            int64_t now_us = day * DAY_US + look * LOOK_US;
            mine_until(days, now_us);
            feemarket_advance(&days->market, days->rng, now_us);
            days->pool_mvb[day] += feemarket_waiting_vb(&days->market) / (double)LOOKS_A_DAY / MILLION;
        }
    }
    return true;
}

/* Feerate below which a share of the weight lies. */
static double rate_quantile(const double weight[FEEMARKET_BUCKETS], double share)
{
    double all = 0.0, sum = 0.0;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
        all += weight[i];
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        if (weight[i] > 0.0 && sum + weight[i] >= share * all)
            return feemarket_edge(i) * pow(FEEMARKET_RATIO, (share * all - sum) / weight[i]);
        sum += weight[i];
    }
    return NAN;
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static void tell(struct bench *bench, struct days *days, const struct era *era, uint32_t count)
{
    static const double shares[3] = {0.1, 0.5, 0.9};
    qsort(days->pool_mvb, count, sizeof days->pool_mvb[0], compare_doubles);
    bench->result->trials = days->blocks;
    bench_set(bench, LAB_MEMPOOL_MEDIAN, days->pool_mvb[count / 2]);
    bench_set(bench, LAB_MEMPOOL_MAX, days->pool_mvb[count - 1]);
    for (int i = 0; i < 3; i++)
        bench_set(bench, (enum lab_metric)(LAB_MEMPOOL_FEE_P10 + i),
                  rate_quantile(days->payments, shares[i]) * era->payment_vsize_vb);
    if (days->blocks > 0)
        bench_set(bench, LAB_MEMPOOL_FILL, 100.0 * days->mined_vb / (double)days->blocks / FEEMARKET_CAPACITY_VB);
}

void lab_mempool(struct bench *bench)
{
    const struct lab_mempool_config *config = &bench->experiment->mempool;
    const struct era *era = era_get((size_t)config->era);
    struct sim_stream stream;
    struct feemarket_config market;
    struct days *days = calloc(1, sizeof *days);
    double *pool_mvb = calloc(config->days, sizeof *pool_mvb);
    if (days != NULL && pool_mvb != NULL) {
        days->rng = bench_stream(bench, &stream, 0);
        days->pool_mvb = pool_mvb;
        days->interval_us = era_interval_s(era) * MILLION;
        days->next_us = (int64_t)gsl_ran_exponential(days->rng, days->interval_us);
        era_market(&market, era, START_UNIX_S);
        era_payment_parts(days->part, era);
        feemarket_init(&days->market, &market, days->rng);
        if (live(bench, days, config->days))
            tell(bench, days, era, config->days);
    } else {
        bench_memory(bench);
    }
    free(pool_mvb);
    free(days);
}
