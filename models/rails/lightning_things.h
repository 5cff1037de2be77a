/* lightning_things.h: nodes, lines, channels, payments and sessions of the Lightning rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_THINGS_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_THINGS_H

#include "models/host/host.h"

#define LIGHTNING_TEXT_BYTES 1024 /* an invoice: with a hint some 400 */
#define LIGHTNING_SLICES_MAX 12
#define LIGHTNING_OLD_MAX    4
#define LIGHTNING_OPERATORS  UINT32_MAX     /* in place of a payer: a line between the operator's own nodes */
#define LIGHTNING_FEE_MSAT   INT64_C(10000) /* for forwarding, always allowed */

/* Numbers of a node that it need not remember any longer: told it with the next thing it does anyway. */
struct olds {
    uint64_t number[LIGHTNING_OLD_MAX];
    uint32_t count;
};

enum station_role {
    STATION_FOREIGN, /* none of the rail's: of the graph, or who pays for channels there */
    STATION_PHONE,
    STATION_OUTLET,
    STATION_HUB,     /* the operator's */
    STATION_PROVIDER /* a third party's, with whom phones have their channels */
};

/* A node of the host, by its number there. */
struct station {
    enum station_role role;
    uint32_t index;                /* payer; outlet */
    uint32_t first_to, first_from; /* exchanges in which it is paid, pays; SLAB_NONE */
    struct olds invoices, payments;
    int64_t given_msat; /* coins that came from outside and are in blocks, channel money bought outside */
};

/* Two nodes that connect. */
struct line {
    uint32_t near, far; /* the first dials */
    uint32_t link;
    uint32_t payer; /* LIGHTNING_OPERATORS */
    uint32_t next;  /* of the same phone */
    uint32_t first_tie;
    bool is_wanted;
    bool is_needy;  /* a channel is to be opened as soon as it can be */
    bool is_buying; /* a coin for it is on its way */
    bool had_tie;
    bool is_up;          /* the nodes have exchanged init; they may have lost each other since */
    int64_t needed_msat; /* that the next channel must carry at least */
    int64_t heard_us;    /* when they last had a connection */
};

enum tie_state {
    TIE_OPENING, /* asked for; not usable */
    TIE_READY,
    TIE_LEAVING, /* one side wants to close */
    TIE_SPENT    /* a block has spent the funding output; what is left is claimed */
};

/* One channel. */
struct tie {
    enum tie_state state;
    uint32_t line, next; /* SLAB_NONE */
    uint32_t opener, other;
    uint64_t number[2]; /* at the opener, at the other; 0: not known */
    bool is_gone[2];    /* forgotten by its node */
    bool has_funding;
    bool was_ready;
    bool is_forced;  /* closed by force, by either */
    bool is_revoked; /* ... by a state that was revoked */
    bool is_first;   /* of its line */
    struct btc_outpoint funding;
    int64_t capacity_sat, push_msat;
    int64_t opened_us;
};

enum exchange_kind {
    EXCHANGE_ORDER, /* what a session asked for */
    EXCHANGE_SLICE, /* a part of it, held */
    EXCHANGE_REFUND,
    EXCHANGE_REBALANCE
};
enum exchange_state {
    EXCHANGE_WAITS, /* for a connection, a channel */
    EXCHANGE_ASKS,  /* for an invoice: on its way to the payee */
    EXCHANGE_TOLD,  /* it is on its way back */
    EXCHANGE_PAYS,
    EXCHANGE_HELD,  /* the payee has it and decides */
    EXCHANGE_TAKEN, /* it has given the preimage away */
    EXCHANGE_FAILED /* ... or taken the invoice back; the payer's node may still have to hear */
};

/* What came of it, for who wanted it. */
enum exchange_outcome {
    EXCHANGE_NOTHING,
    EXCHANGE_IS_HELD,
    EXCHANGE_IS_TAKEN,
    EXCHANGE_IS_LOST,
    EXCHANGE_IS_UNDONE /* it was taken, but the HTLC behind it ended on the chain first: the payer has it back */
};

struct exchange {
    enum exchange_kind kind;
    enum exchange_state state;
    uint32_t from, to;           /* nodes */
    uint32_t by;                 /* that the first has its channels with; HOST_NONE: any */
    uint32_t next_from, next_to; /* of the same */
    uint32_t session, order;     /* RAIL_NO_SESSION: REBALANCE; order: of the rail's deposits (SLICE) or payments */
    uint32_t number;             /* of its session, for its draws */
    int64_t amount_msat;
    int64_t balance_msat; /* ORDER: what the payer's balance pays besides */
    int64_t asked_us;
    int64_t fee_msat; /* that it cost the payer, when TAKEN */
    uint64_t invoice, payment;
    bool has_invoice, has_payment;
    bool is_vain;          /* its request reaches nobody */
    bool was_crowded;      /* an attempt has failed where a channel had no place for another HTLC */
    enum rail_cause cause; /* FAILED */
    struct sim_handle step, deadline;
    char text[LIGHTNING_TEXT_BYTES];
};

/* One open session, by its number. */
struct account {
    bool is_open, is_closing;
    bool is_trusted;      /* on credit: told so */
    bool is_looked_after; /* ... a look at whether it may be is planned */
    bool has_asked;       /* ... its phone's request is on its way */
    uint32_t payer, outlet;
    uint32_t payee;      /* as in struct rail_opening */
    uint32_t busy_count; /* orders without an end, refunds on their way, the closing itself */
    uint64_t key;
    uint32_t exchange_count; /* ever made */
    int64_t refund_msat;     /* asked for and not under way */
    bool is_refunding;
    uint32_t first_deposit; /* SLAB_NONE */
};

/* One order that is held. */
struct deposit {
    uint32_t session, number; /* as ordered */
    uint32_t next;            /* of the session */
    int64_t amount_msat;
    int64_t refund_msat; /* of it, asked for back */
    int64_t taken_msat;  /* in slices that were settled */
    int64_t fee_msat;    /* that these cost the payer */
    int64_t asked_us;
    uint32_t slice_count, held_count, open_count;
    bool is_credited, is_decided, is_failed, is_reversed;
    enum rail_cause cause;
    uint32_t held_height;
    uint32_t slices[LIGHTNING_SLICES_MAX]; /* exchanges; SLAB_NONE: has ended */
};

struct phone {
    uint32_t node;
    uint32_t first_line;
    uint32_t session_count, exchange_count, opening_count;
    uint32_t on_credit;     /* session; RAIL_NO_SESSION */
    int64_t unsettled_msat; /* of channels that the chain has divided, and that are booked when nothing is open */
    int64_t balance_msat;   /* owed by the operator, free to use */
    struct sim_handle leave;
};

/* A transaction that nodes sent, by number of the chain's. */
struct cost {
    bool is_known, is_booked;
    enum rail_upkeep kind;
    uint32_t tie;                  /* whose funding it is or spends; SLAB_NONE */
    uint32_t node;                 /* whose owner pays; that a coin is bought for */
    uint32_t other;                /* CLOSE: the other end */
    int64_t node_msat, other_msat; /* as booked */
    int64_t bought_sat;            /* a coin from outside; 0: it is none */
};

#endif
