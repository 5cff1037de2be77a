/* era.c: the table of eras, and the market that an era makes.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/era.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#define Z90 1.2815515655446004 /* the normal distribution's p90 */
/* Saturdays and Sundays have 85 to 90 % of the mean day's transactions (organofcorti.blogspot.com, 2014-11); afternoons
 * are busier than nights (UTC; blockchainresearchlab.org, 2020-03), by how much is guessed. */
#define WEEK_SWING 0.1
#define DAY_SWING  0.2

static const struct era eras[] = {
    {
        .name = "2017-12",          /* 15th to 31st: the fee peak */
        .growth_per_period = 0.062, /* derived: mean interval 564 s in 2017 */
        .stale_delay_s = 2.1,       /* derived: 28 stale of 7,851 blocks, 2017-11 and -12 (bitcoin-data/stale-blocks) */
        .tx_per_s = 3.87,           /* published */
        .mean_vsize_vb = 435,       /* derived: fee per block 5.15 BTC / mean rate / transactions per block */
        .payment_vsize_vb = 226,    /* published: median */
        .fee_p10_sat = 66500,       /* published */
        .fee_p50_sat = 146000,      /* published */
        .fee_p90_sat = 259000,      /* published */
        .mean_rate_sat_per_vb = 542, /* published */
        .demand_ratio = 1.1,         /* fitted to the pool's size */
        .batch_rate = 0.5,           /* fitted to the mean rate */
        .floor_share = 0.02,         /* guessed */
        .slow_sd = 0.1,              /* guessed */
        .slow_memory_h = 24,         /* guessed */
        .backlog_vb = 105e6,         /* guessed: near the limit, as in 2018-01 */
        .min_relay_sat_per_vb = 1,   /* Bitcoin Core 0.15 */
        .full_rbf_share = 0,         /* the option came in 2022 */
        .opt_in_share = 0.05,        /* guessed: little before 2018 */
        .generation = GOSSIP_2018,   /* Bitcoin Core 0.15 */
        .yen_per_btc = 1777000,      /* derived: published fees in yen, 113 yen per dollar */
    },
    {
        .name = "2018-03",          /* the trial */
        .growth_per_period = 0.05,  /* derived: mean interval 570 s in heights 512064 .. 514079, retarget 1.05225 */
        .stale_delay_s = 1.0,       /* derived: 94 stale of 54,508 blocks of 2018 (0.172 %) */
        .tx_per_s = 2.12,           /* published */
        .mean_vsize_vb = 622,       /* derived: fee per block 0.22 BTC / mean rate / transactions per block */
        .payment_vsize_vb = 226,    /* published: median */
        .fee_p10_sat = 1100,        /* published */
        .fee_p50_sat = 2300,        /* published */
        .fee_p90_sat = 25000,       /* published */
        .mean_rate_sat_per_vb = 29, /* published */
        .demand_ratio = 1,          /* blocks were 88 % full in the median: all was confirmed */
        .batch_rate = 0.2,          /* fitted to the mean rate */
        .floor_share = 0.03,        /* guessed: below the published p10 */
        .slow_sd = 0.18,            /* fitted to the pool's median and largest size */
        .slow_memory_h = 24,        /* guessed */
        .backlog_vb = 1e6,          /* published: median of the pool */
        .min_relay_sat_per_vb = 1,  /* Bitcoin Core 0.16 */
        .full_rbf_share = 0,        /* the option came in 2022 */
        .opt_in_share = 0.06,       /* Bitcoin Optech 2019-02: about 6 % in 2018 */
        .generation = GOSSIP_2018,  /* Bitcoin Core 0.16 */
        .yen_per_btc = 961000,      /* derived: 9,070 dollars at 106 yen */
    },
    {
        .name = "2021",               /* January to May */
        .growth_per_period = 0.02,    /* guessed: 588 s, as measured in 2023 */
        .stale_delay_s = 0.9,         /* guessed: between 2018 and 2026 */
        .tx_per_s = 3.41,             /* published */
        .mean_vsize_vb = 488,         /* derived: full blocks / transactions per block */
        .payment_vsize_vb = 223,      /* published: p50 of fees / typical rate 74 */
        .fee_p10_sat = 9200,          /* published */
        .fee_p50_sat = 16500,         /* published */
        .fee_p90_sat = 45000,         /* published */
        .mean_rate_sat_per_vb = 76,   /* published */
        .demand_ratio = 1.03,         /* fitted to the pool's size, 79 MB in the median */
        .batch_rate = 0.45,           /* fitted to the mean rate */
        .floor_share = 0.02,          /* guessed */
        .slow_sd = 0.1,               /* guessed */
        .slow_memory_h = 24,          /* guessed */
        .backlog_vb = 79e6,           /* published: median of the pool */
        .min_relay_sat_per_vb = 1,    /* Bitcoin Core 0.21 */
        .full_rbf_share = 0,          /* the option came in 2022 */
        .opt_in_share = 0.18,         /* Bitcoin Optech dashboard: 14 % in January, 20 % in April 2021 */
        .generation = GOSSIP_CURRENT, /* shared timers came with Bitcoin Core 0.17 and 0.18 */
        .yen_per_btc = 5130000,       /* derived: published fees in yen, 107 yen per dollar */
    },
    {
        .name = "2024-04",         /* the 20th, day of the halving */
        .growth_per_period = 0.02, /* guessed: 588 s, as measured in 2023 */
        .stale_delay_s = 0.8,      /* derived: 61 stale of 46,289 blocks at heights 920212 .. 966500 (2025 and 2026) */
        .tx_per_s = 7.3,           /* derived: 81 million dollars of fees / 127.97 each (press, 2024-04-21) */
        .mean_vsize_vb = 232,      /* derived: full blocks / transactions per block */
        .payment_vsize_vb = 141,   /* P2WPKH, one input and two outputs (BOLT 3 appendix sizes) */
        .fee_p10_sat = 56400,      /* guessed: 400 sat/vB */
        .fee_p50_sat = 112800,     /* guessed: 800 sat/vB */
        .fee_p90_sat = 225600,     /* guessed: 1,600 sat/vB */
        .mean_rate_sat_per_vb = 863, /* derived: 1,258 BTC of fees in 146 blocks (press) */
        .demand_ratio = 1.3,         /* guessed */
        .batch_rate = 0.5,           /* fitted to the mean rate */
        .floor_share = 0.05,         /* guessed */
        .slow_sd = 0.1,              /* guessed */
        .slow_memory_h = 24,         /* guessed */
        .backlog_vb = 105e6,         /* guessed: near the limit */
        .min_relay_sat_per_vb = 1,   /* Bitcoin Core 27 */
        .full_rbf_share =
            0.95, /* pools with 90 % and more by early 2024 (bitcoin/bitcoin 28132); 118 of 122 in 2024-07 (30493) */
        .opt_in_share = 0.5,          /* guessed */
        .generation = GOSSIP_CURRENT, /* Bitcoin Core 27 */
        .yen_per_btc = 9950000,       /* derived: 64,390 dollars at 154.6 yen */
    },
    {
        .name = "empty",           /* nobody else: a chain to compare with */
        .growth_per_period = 0,    /* by definition */
        .stale_delay_s = 1.0,      /* as in 2018-03 */
        .tx_per_s = 0,             /* by definition */
        .mean_vsize_vb = 226,      /* no matter */
        .payment_vsize_vb = 226,   /* no matter */
        .fee_p10_sat = 226,        /* no matter */
        .fee_p50_sat = 226,        /* no matter */
        .fee_p90_sat = 226,        /* no matter */
        .mean_rate_sat_per_vb = 1, /* the least */
        .demand_ratio = 1,         /* by definition */
        .batch_rate = 1,           /* by definition */
        .floor_share = 0,          /* by definition */
        .slow_sd = 0,              /* by definition */
        .slow_memory_h = 24,       /* no matter */
        .backlog_vb = 0,           /* by definition */
        .min_relay_sat_per_vb = 1, /* as in 2018-03 */
        .full_rbf_share = 0,       /* as in 2018-03 */
        .opt_in_share = 0,         /* by definition */
        .generation = GOSSIP_2018, /* as in 2018-03 */
        .yen_per_btc = 961000,     /* as in 2018-03 */
    },
    {
        .name = "2018-01",           /* the pool at its limit; for validation */
        .growth_per_period = 0.124,  /* derived: mean interval 530 s */
        .stale_delay_s = 1.6,        /* derived: 39 stale of 14,550 blocks, first quarter of 2018 */
        .tx_per_s = 3.31,            /* published */
        .mean_vsize_vb = 494,        /* derived: fee per block 2.98 BTC / mean rate / transactions per block */
        .payment_vsize_vb = 226,     /* published: median */
        .fee_p10_sat = 45200,        /* published */
        .fee_p50_sat = 99600,        /* published */
        .fee_p90_sat = 205000,       /* published */
        .mean_rate_sat_per_vb = 344, /* published */
        .demand_ratio = 1.2,         /* fitted to the pool's size */
        .batch_rate = 0.33,          /* fitted to the mean rate */
        .floor_share = 0.02,         /* guessed */
        .slow_sd = 0.1,              /* guessed */
        .slow_memory_h = 24,         /* guessed */
        .backlog_vb = 105e6,         /* published: 114 MB in the median */
        .min_relay_sat_per_vb = 1,   /* Bitcoin Core 0.15 */
        .full_rbf_share = 0,         /* the option came in 2022 */
        .opt_in_share = 0.05,        /* guessed */
        .generation = GOSSIP_2018,   /* Bitcoin Core 0.15 */
        .yen_per_btc = 1450000,      /* guessed: 13,000 dollars at 111 yen */
    },
};

const struct era *era_get(size_t index)
{
    return index < sizeof eras / sizeof eras[0] ? &eras[index] : NULL;
}

const struct era *era_find(const char *name)
{
    for (size_t i = 0; era_get(i) != NULL; i++)
        if (strcmp(era_get(i)->name, name) == 0)
            return era_get(i);
    return NULL;
}

double era_interval_s(const struct era *era)
{
    return ERA_TARGET_S * exp(-era->growth_per_period);
}

double era_confirmed_vb_per_s(const struct era *era)
{
    return era->tx_per_s * era->mean_vsize_vb;
}

/* ---- demand by bucket ------------------------------------------------------------------------------------------ */

/* Part of the body below a feerate: lognormal with one sigma below its median and another above. */
static double body_below(const struct era *era, double rate_factor, double sat_per_vb)
{
    double vsize = era->payment_vsize_vb;
    double median = rate_factor * era->fee_p50_sat / vsize;
    double sigma =
        (sat_per_vb < median ? log(era->fee_p50_sat / era->fee_p10_sat) : log(era->fee_p90_sat / era->fee_p50_sat)) /
        Z90;
    if (sigma == 0.0)
        return sat_per_vb > median;
    return gsl_cdf_ugaussian_P(log(sat_per_vb / median) / sigma);
}

/* The first and last bucket take what lies beyond them. */
static double body_share(const struct era *era, double rate_factor, unsigned bucket)
{
    double below = bucket == 0 ? 0.0 : body_below(era, rate_factor, feemarket_edge(bucket));
    double to = bucket == FEEMARKET_BUCKETS - 1 ? 1.0 : body_below(era, rate_factor, feemarket_edge(bucket + 1));
    return to - below;
}

static double payment_share(const struct era *era)
{
    return (1.0 - era->floor_share) * era->payment_vsize_vb / era->mean_vsize_vb;
}

static double batch_share(const struct era *era)
{
    return 1.0 - era->floor_share - payment_share(era);
}

void era_payment_parts(double part[FEEMARKET_BUCKETS], const struct era *era)
{
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        double payments = payment_share(era) * body_share(era, 1.0, i);
        double rest = batch_share(era) * body_share(era, era->batch_rate, i) + (i == 0 ? era->floor_share : 0.0);
        part[i] = payments + rest > 0.0 ? payments / (payments + rest) : 0.0;
    }
}

/* What waits for long is what blocks have no room for; where they have room for all, the lowest tenth. */
static double backlog_top(const struct feemarket_config *config, const struct era *era)
{
    double served_vb_per_s = fmin(FEEMARKET_CAPACITY_VB / era_interval_s(era), 0.9 * config->demand_vb_per_s);
    unsigned i = FEEMARKET_BUCKETS;
    double above = 0.0;
    while (i > 0 && above < served_vb_per_s)
        above += config->demand_vb_per_s * config->share[--i];
    return feemarket_edge(i + 1);
}

void era_market(struct feemarket_config *config, const struct era *era, int64_t start_unix_s)
{
    *config = (struct feemarket_config){.arrivals = FEEMARKET_FLUID,
                                        .demand_vb_per_s =
                                            era_confirmed_vb_per_s(era) * era->demand_ratio / (1.0 - era->floor_share),
                                        .tx_vb = era->mean_vsize_vb,
                                        .day_swing = DAY_SWING,
                                        .week_swing = WEEK_SWING,
                                        .slow_sd = era->slow_sd,
                                        .slow_memory_h = era->slow_memory_h,
                                        .min_relay_sat_per_vb = era->min_relay_sat_per_vb,
                                        .memory_bytes = FEEMARKET_MEMORY_BYTES,
                                        .backlog_vb = era->backlog_vb,
                                        .start_unix_s = start_unix_s};
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
        config->share[i] = payment_share(era) * body_share(era, 1.0, i) +
                           batch_share(era) * body_share(era, era->batch_rate, i) + (i == 0 ? era->floor_share : 0.0);
    config->backlog_top_sat_per_vb = backlog_top(config, era);
}
