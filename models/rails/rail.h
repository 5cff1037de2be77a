/* rail.h: the one interface of all payment rails.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   session_open --> pay --> pay --> record, refund --> session_close     (ops: downwards)
 *                     |       |               |             |
 *                  CREDITED  FAILED        REFUNDED      CLOSED            (events: upwards)
 *                     |
 *        LIMIT, CONFIRMED, FINAL or REVERSED
 *
 * A rail moves money from a session's payer to its payee: the operator, or another payer, in whose stead the operator's
 * rules hold then. `credited` is the moment from which the operator is
 * willing to deliver; `final` the one from which nobody can take the money back; `reversed` says that somebody did.
 * What lies between credited and final is the operator's exposure. On a card that is settlement, on a chain
 * confirmations (and credited may come with zero of them), on a channel the two coincide.
 *
 * Final is a decision, not a law of nature: a chain may take back what a rail called final. SHAKEN says so, and UNDONE
 * if it does not come back. Nobody's power is cut by either: the session may be long over.
 *
 * On credit (struct rail_terms) energy comes first: what has flowed is paid in steps, and the rest when the car is full
 * or leaves; what is not paid then is lost.
 *
 * A rail may take back its willingness before it is known how a payment ends: LIMIT says what value of energy the
 * session may have had at most, whatever it has paid.
 *
 * Contract. Amounts are millisatoshi > 0. Every pay is answered by exactly one CREDITED or FAILED, every CREDITED by
 * exactly one FINAL or REVERSED (unless the run ends first), every refund by a REFUNDED, which may answer several of a
 * session, and none if the money was reversed meanwhile. After session_close comes no pay; when the rail has nothing
 * more to say about the session it raises CLOSED once, and the number may be used again.
 * Events come from the kernel, never from inside an op. The listener may call ops from inside an event.
 * A rail books every movement in the ledger, in the event in which it happens.
 */
#ifndef KONSENTO_MODELS_RAILS_RAIL_H
#define KONSENTO_MODELS_RAILS_RAIL_H

#include "models/rails/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAIL_NO_SESSION UINT32_MAX

enum rail_event_kind {
    RAIL_CREDITED,  /* the outlet may deliver against it */
    RAIL_FINAL,     /* amount: what was left after refunds */
    RAIL_REVERSED,  /* taken back after it was credited; amount: what was left after refunds */
    RAIL_FAILED,    /* never credited; cause says why */
    RAIL_REFUNDED,  /* amount is back with the payer */
    RAIL_CLOSED,    /* nothing more will come of this session */
    RAIL_LIMIT,     /* amount: the most value that the session may have had; INT64_MAX: all it paid for. cause: why */
    RAIL_CONFIRMED, /* first time in a block; some rails, and not every payment */
    RAIL_ATTACKED,  /* the payer means to have the money back: told once, when a payment of the session has come */
    /* Of no session (RAIL_NO_SESSION): */
    RAIL_UPKEEP, /* fees and weight of what serves all sessions */
    RAIL_SHAKEN, /* a payment that was final is not so any more; amount: its value */
    RAIL_UNDONE  /* ... and is lost for good; amount: what the operator loses, which the payer has back */
};

enum rail_cause {
    RAIL_CAUSE_NONE,
    RAIL_CAUSE_DECLINED,    /* the provider refused */
    RAIL_CAUSE_OUTAGE,      /* the rail was down */
    RAIL_CAUSE_CHARGEBACK,  /* the payer took it back through the provider */
    RAIL_CAUSE_FUNDS,       /* the payer's wallet does not have it */
    RAIL_CAUSE_REFUSED,     /* the operator's node does not take the transaction */
    RAIL_CAUSE_CONFLICT,    /* another transaction spends the same, by no plan that is known here */
    RAIL_CAUSE_RACE,        /* a double spend sent at the same time */
    RAIL_CAUSE_REPLACED,    /* a double spend that pays more, sent later */
    RAIL_CAUSE_STALLED,     /* the same against a payment that offered miners too little */
    RAIL_CAUSE_FINNEY,      /* a double spend in a block that was mined before */
    RAIL_CAUSE_OVERTAKEN,   /* a double spend in a branch with more work */
    RAIL_CAUSE_EXPIRED,     /* no block ever had it */
    RAIL_CAUSE_UNCONFIRMED, /* waits for a block longer than the operator bears; with LIMIT */
    /* Of channels: */
    RAIL_CAUSE_NO_CHANNEL, /* none is usable: being opened, being closed, or none there */
    RAIL_CAUSE_NO_ROUTE,   /* no path is known */
    RAIL_CAUSE_LIQUIDITY,  /* every path tried had too little on the right side */
    RAIL_CAUSE_SLOTS,      /* a channel had no room for another HTLC */
    RAIL_CAUSE_OFFLINE,    /* phone, outlet, hub or a node between them was not reachable */
    RAIL_CAUSE_TIMEOUT,    /* no answer in the time that the payer waits */
    RAIL_CAUSE_UNPAID,     /* energy was delivered on credit, and the payment for it never came */
    RAIL_CAUSE_REVOKED,    /* a revoked state on the chain that nobody punished in time */
    RAIL_CAUSE_COUNT
};

/* What a RAIL_UPKEEP was for. */
enum rail_upkeep {
    RAIL_UPKEEP_WALLET,    /* coins merged, split, bumped */
    RAIL_UPKEEP_OPEN,      /* a channel is opened */
    RAIL_UPKEEP_TOP_UP,    /* ... given more */
    RAIL_UPKEEP_REBALANCE, /* ... filled from the other side */
    RAIL_UPKEEP_CLOSE,     /* ... closed, together or by force */
    RAIL_UPKEEP_CLAIM,     /* what a closed one left is claimed: HTLCs, penalties, sweeps */
    RAIL_UPKEEP_COUNT
};

#define RAIL_OPERATOR     0
#define RAIL_PEER(number) ((number) + 1)

struct rail_opening {
    uint32_t session;
    uint32_t payer;  /* number of the car */
    uint32_t payee;  /* RAIL_OPERATOR, or RAIL_PEER of another payer's number */
    uint32_t outlet; /* less than 10,000 */
    uint64_t key;    /* names the session's random draws, the same on every rail; below 2^48 */
};

/* How a session buys on the rail. */
struct rail_terms {
    int64_t trust_msat;  /* 0: energy is paid before it flows; else: it is paid behind, and so much may flow unpaid */
    bool waits;          /* nothing may flow before a LIMIT says so */
    int64_t purchase_uj; /* energy of one payment; 0: as the controller's config says */
};

struct rail_order {
    uint32_t session;    /* as in session_open */
    uint32_t payment;    /* n-th of its session, from 0 */
    int64_t amount_msat; /* what the operator is to get */
};

struct rail_event {
    enum rail_event_kind kind;
    enum rail_cause cause;
    enum rail_upkeep upkeep;   /* UPKEEP */
    uint32_t session, payment; /* payment: 0 with REFUNDED and CLOSED */
    int64_t amount_msat;
    int64_t fee_payer_msat, fee_payee_msat; /* that this event cost each side; less than 0: given back */
    int64_t weight_wu;                      /* that this event puts on a blockchain */
    int64_t lapsed_msat; /* REVERSED: refunds asked for that will not come: they went back with the payment */
    int64_t asked_us;    /* when pay was called */
    uint32_t payee;      /* SHAKEN, UNDONE: whose money it was, as in the opening */
};

struct rail_listener {
    void *self;
    void (*on_event)(void *self, const struct rail_event *event);
};

struct rail_ops {
    void (*session_open)(void *self, const struct rail_opening *opening);
    /* The same for all sessions of operator's outlets; terms is zero. May be NULL. */
    void (*terms)(const void *self, struct rail_terms *terms);
    void (*pay)(void *self, const struct rail_order *order);
    /* Gives back part of what the session has paid; no more than what was credited and not reversed or refunded. */
    void (*refund)(void *self, uint32_t session, int64_t amount_msat);
    /* What the session used, for who keeps a history; before session_close. May be NULL. */
    void (*record)(void *self, uint32_t session, int64_t energy_uj, int64_t cost_msat);
    void (*session_close)(void *self, uint32_t session);
    /* Money credited and not yet final, net of refunds, all sessions together. */
    int64_t (*exposure_msat)(const void *self);
    /* Asserts the rail's own books against the ledger. Returns false and the reason if they differ. */
    bool (*audit)(const void *self, char *why, size_t why_size);
    /* What no event says; report is as rail_report_init made it. May be NULL. */
    void (*report)(const void *self, struct rail_report *report);
    void (*free)(void *self);
};

struct rail {
    const struct rail_ops *ops;
    void *self;
};

#endif
