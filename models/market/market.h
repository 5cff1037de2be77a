/* market.h: a building's market for energy: every interval its flats, cars and operator trade, then pay.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   begin of an interval            during it                 its end, which is the next one's begin
 *   -----------------------------   -----------------------   ---------------------------------------------
 *   orders: flats and operator as   meters run; cars that     meters are read: a trade counts as far as it
 *   the last interval's meters      were accepted give what   was fed and drawn; debts; the rest of each
 *   showed, cars what they offer    they sold                 meter is the grid's; settlement if it is due
 *   --> auction --> trades
 *
 * Who trades. Flat f is trader f: it bids for what its home lacks and asks for what its part of the roof has over. Cars
 * ask for their flat. The operator (trader `flats`) bids for what cars charge, if the scenario says so. The grid is
 * everybody's outside option: it sells at the retail price and takes at the feed-in price, and nobody need do worse
 * than that. A home's limit is the grid's price, or a random one between both (zero intelligence, Gode and Sunder
 * 1993); a car's is what its refill costs, with the losses of the round trip, and the wear of its battery.
 *
 * Meters are integers in microjoules and only grow; what one shows in one interval fits into 64 bits. What comes from
 * roofs and cars and from the grid is what homes and cars use and the grid takes, exactly (market_audit).
 */
#ifndef KONSENTO_MODELS_MARKET_MARKET_H
#define KONSENTO_MODELS_MARKET_MARKET_H

#include "models/market/auction.h"
#include "models/market/config.h"
#include "models/market/desk.h"
#include "models/market/trade.h"
#include "models/metrics.h"
#include "models/trouble.h"
#include "models/world.h"
#include "sim/accumulator.h"
#include "sim/stream.h"

/* A car that would give power during the next interval. */
struct market_offer {
    uint32_t outlet, flat;
    int64_t power_w;            /* the most, > 0 */
    int64_t price_uyen_per_kwh; /* what it costs its owner */
};

/* The building, as the market sees it; meters up to now. */
struct market_site {
    void *self;
    __int128 (*used_uj)(void *self, uint32_t flat);
    __int128 (*made_uj)(void *self, uint32_t flat);
    __int128 (*charged_uj)(void *self);
    __int128 (*operator_made_uj)(void *self); /* a roof that is the operator's */
    int64_t (*retail_uyen_per_kwh)(void *self);
    /* Fills offers for the interval that begins now, at most one per outlet, in the order of outlets. Returns how
     * many. */
    size_t (*offers)(void *self, struct market_offer *offers, int64_t interval_us);
    void (*feed)(void *self, uint32_t outlet, int64_t power_w, int64_t energy_uj);
    int64_t (*fed_uj)(void *self, uint32_t outlet);
};

struct market_options {
    struct trouble *trouble;
    const struct market_config *config; /* rule is not NONE */
    struct market_site site;
    struct sessions *sessions;
    const struct world_events *events; /* may be NULL */
    uint32_t flats, outlets;
    uint32_t operator_payer;       /* number of the operator's purse on the rail: no car's, no flat's */
    int64_t unit_msat, least_msat; /* what the rail can move */
    uint32_t at_once;              /* and how many payments of one trader at a time; 0: any number */
    int64_t until_us;
};

/* What an order stands for, and its meter when the interval began. */
enum market_source { MARKET_HOME, MARKET_CAR, MARKET_OPERATOR };
struct market_line {
    enum market_source source;
    uint32_t outlet;            /* MARKET_CAR */
    int64_t price_uyen_per_kwh; /* MARKET_CAR: what it costs */
    int64_t metered_uj;         /* during the interval, as far as it is the order's */
};

/* Sums since the end of the warm-up. Energies in uJ, money in parts (models/money.h). */
struct market_sums {
    uint64_t trades;
    __int128 contracted_uj, traded_uj, own_uj; /* between traders; of a trader with himself */
    __int128 value_parts;
    __int128 saved_parts; /* against the grid, wear and refills paid, rails not */
    __int128 lost_parts;  /* of saved: trades whose payment failed or was taken back */
    __int128 lost_uj;     /* of traded: the same */
    uint64_t credited, failed, reversed;
    __int128 paid_msat, fee_msat;
    __int128 undone_msat; /* of payments that had been final */
};

#define MARKET_FAULT_SIZE 200

struct market {
    struct market_options options;
    struct auction auction;
    struct trade_book trades;
    struct desk desk;
    struct market_offer *offers;
    struct market_line *lines; /* per order */
    int64_t *metered_uj;       /* per order */
    size_t line_capacity;
    int64_t *fed_uj;             /* per outlet: meter when the interval began */
    __int128 *used_uj, *made_uj; /* per trader: meters when the interval began; of the operator: charged, made */
    int64_t *over_uj;            /* per trader: made less used in the last interval */
    struct sim_stream *streams;  /* per trader; random limits */
    int64_t begun_us;            /* the present interval */
    int64_t retail_uyen_per_kwh; /* of it */
    bool is_open;                /* it has been traded for */
    bool has_history;
    bool is_counted; /* after the warm-up */
    int64_t warm_us;
    struct market_sums sums;
    /* Since the beginning, for the audit. */
    __int128 all_used_uj, all_made_uj, all_fed_uj, bought_uj, sold_uj;
    char fault[MARKET_FAULT_SIZE]; /* what was wrong with an interval's auction or trades; empty: nothing so far */
    struct sample payment_s;
    uint16_t gate_kind;
};

/* Plans the first interval. Returns false when memory is out. Owns: market_close. */
bool market_init(struct market *market, const struct market_options *options) __attribute__((warn_unused_result));
void market_close(struct market *market);
void market_restart(struct market *market, int64_t now_us);
/* Reads the meters for the last time; what is owed then stays owed. */
void market_finish(struct market *market);
void market_metrics(struct market *market, double metrics[METRIC_COUNT]);
/* The interval is over: reads all meters, holds trades against them, writes down debts. For the market's own files. */
void market_read(struct market *market);
/* Made + fed + bought from the grid = used + sold to it; in no interval was an order exceeded or served outside its
 * limit; debts are what trades made them. Auditor. */
bool market_audit(const void *market, char *why, size_t why_size);

#endif
