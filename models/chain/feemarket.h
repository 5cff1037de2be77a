/* feemarket.h: everybody else's transactions: weight waiting in feerate buckets, and what a block takes of it. [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *    demand(t) x share[j] ──► [ 48 buckets: 1.2^j .. 1.2^(j+1) sat/vB ] ──► block: from the top, 998,000 vB
 *                 refused below the min fee ◄┘        └──► evicted from the bottom above 300 MB; expired after 336 h
 *
 * Weight is a real number of virtual bytes. Demand is its weekly mean times a daily and a weekly cosine, integrated
 * exactly, times a slow random factor that is constant for 6 h at a time. Within a bucket weight lies evenly over the
 * logarithm of the feerate, also after a block has taken a part of it: a rank is right to one bucket, 20 %.
 *
 * Own transactions (real, kept elsewhere) are ranked among the buckets and never enter them; the caller tells their
 * weight (own_vb) so that it counts as memory. Eviction, the halving of the min fee and the random factor happen at
 * multiples of fixed steps of time, so fluid arrivals give the same numbers however the time between is cut.
 *
 * The state holds no pointers: a plain copy is a snapshot.
 * Sources: bulk-service priority queue of Huberman, Leshno and Moallemi 2017, Kasahara and Kawahara 2016; limits,
 * expiry and rolling min fee as Bitcoin Core (-maxmempool 300, -mempoolexpiry 336, half-life 12 h, at low use 6 h and 3
 * h).
 */
#ifndef KONSENTO_MODELS_CHAIN_FEEMARKET_H
#define KONSENTO_MODELS_CHAIN_FEEMARKET_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FEEMARKET_BUCKETS        48
#define FEEMARKET_RATIO          1.2
#define FEEMARKET_CAPACITY_VB    998000.0 /* 4,000,000 WU less header, coinbase and what miners leave free */
#define FEEMARKET_MEMORY_BYTES   300e6
#define FEEMARKET_MEMORY_PER_VB  2.7 /* 300 MB hold 111 MvB; between 90 and 110 seen, 136 at most */
#define FEEMARKET_HALVING_H      12
#define FEEMARKET_COHORT_H       12
#define FEEMARKET_COHORTS        29  /* 336 h and the cohort being filled: expiry between 336 and 348 h */
#define FEEMARKET_INCREMENT_RATE 1.0 /* sat/vB added to what was evicted */

enum feemarket_arrivals {
    FEEMARKET_FLUID,  /* the mean: no random numbers but the slow factor's */
    FEEMARKET_POISSON /* whole transactions of tx_vb */
};

struct feemarket_config {
    enum feemarket_arrivals arrivals;
    double demand_vb_per_s;          /* mean over a week */
    double share[FEEMARKET_BUCKETS]; /* of the demand; sums to 1 */
    double tx_vb;                    /* mean weight of a transaction */
    double day_swing, week_swing;    /* amplitudes of the cosines, their sum below 1 */
    double slow_sd;                  /* of the logarithm of the slow factor, whose mean is 1; 0: none */
    double slow_memory_h;            /* its correlation time */
    double min_relay_sat_per_vb;     /* at least 1e-3 */
    double memory_bytes;             /* limit */
    double backlog_vb;               /* waiting at time 0, in proportion to share up to: */
    double backlog_top_sat_per_vb;
    int64_t start_unix_s; /* civil second (UTC) of time 0, for the phase of the cycles */
};

/* What happened between two blocks, and what the block took. */
struct feemarket_block {
    double mined_vb[FEEMARKET_BUCKETS];
    double arrived_vb[FEEMARKET_BUCKETS]; /* into the pool since the block before */
    double left_vb[FEEMARKET_BUCKETS];    /* evicted or expired since the block before */
    double total_vb;                      /* mined */
    double fee_sat;                       /* of the mined */
};

/* Sums since time 0, in vB. backlog + arrived + restored = mined + evicted + expired + what waits now. */
struct feemarket_sums {
    double backlog, arrived, restored, mined, evicted, expired;
    double refused; /* turned away by the min fee: not in arrived */
};

struct feemarket {
    struct feemarket_config config;
    int64_t now_us;
    double waiting_vb[FEEMARKET_BUCKETS];                             /* sum over cohorts */
    double cohort_vb[FEEMARKET_BUCKETS][FEEMARKET_COHORTS];           /* by time of arrival */
    double arrived_vb[FEEMARKET_BUCKETS], left_vb[FEEMARKET_BUCKETS]; /* since the last block */
    double rolling_sat_per_vb;                                        /* min fee set by eviction */
    double slow_log; /* logarithm of the slow factor, before its mean is taken out */
    double own_vb;   /* own transactions in the same memory */
    struct feemarket_sums sums;
};

/* An own transaction (or package) that competes: feerate with its ancestors, weight not yet counted with another. */
struct feemarket_own {
    double sat_per_vb;
    double vsize_vb;
    bool fits; /* out */
};

/* Starts at time 0 with the configured backlog. rng may be NULL for fluid arrivals without a slow factor. */
void feemarket_init(struct feemarket *market, const struct feemarket_config *config, gsl_rng *rng);
/* Lets time pass up to now_us. */
void feemarket_advance(struct feemarket *market, gsl_rng *rng, int64_t now_us);

/* Demand of all buckets at this moment, and the exact mean of the two cosines between two times (slow factor apart). */
double feemarket_demand_vb_per_s(const struct feemarket *market);
double feemarket_cycle_mean(const struct feemarket_config *config, int64_t from_us, int64_t to_us);

/* Weight that waits in all, and with a higher feerate than the given one. */
double feemarket_waiting_vb(const struct feemarket *market);
double feemarket_above_vb(const struct feemarket *market, double sat_per_vb);
/* The inverse: the feerate above which vb waits; the min fee if less waits in all. */
double feemarket_rate_at(const struct feemarket *market, double vb);
/* Share of the demand above a feerate. */
double feemarket_share_above(const struct feemarket_config *config, double sat_per_vb);
/* Weight left for own transactions of a feerate in a block mined now; 0 if the background fills it. */
double feemarket_room_vb(const struct feemarket *market, double capacity_vb, double sat_per_vb);
/* Feerate of the last transaction in a block mined now: what one must offer; the min fee if all that waits fits. */
double feemarket_marginal_rate(const struct feemarket *market, double capacity_vb);
/* Least feerate that enters the pool: own transactions below it are out too. */
double feemarket_min_rate(const struct feemarket *market);

/* Which own transactions are in a block mined now. own: best first. Sets fits; a large one that does not fit does not
 * keep out smaller ones behind it. Returns the weight of those that fit. */
double feemarket_select(const struct feemarket *market, struct feemarket_own *own, size_t own_count,
                        double capacity_vb);
/* A block takes up to capacity_vb (less the own weight in it) from the top. */
void feemarket_mine(struct feemarket *market, struct feemarket_block *block, double capacity_vb);
/* A block was disconnected: what it took waits again, as if it had just come. */
void feemarket_restore(struct feemarket *market, const struct feemarket_block *block);

/* Lower edge of a bucket, mean feerate of the weight in it, and the bucket of a feerate (below 1: 0). */
double feemarket_edge(unsigned bucket);
double feemarket_bucket_rate(unsigned bucket);
unsigned feemarket_bucket_of(double sat_per_vb);

#endif
