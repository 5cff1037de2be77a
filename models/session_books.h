/* session_books.h: what sessions are; what each has paid, what it has cost, what that leaves.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Below the controller (session.h), which tells what it is all for.
 */
#ifndef KONSENTO_MODELS_SESSION_BOOKS_H
#define KONSENTO_MODELS_SESSION_BOOKS_H

#include "models/config.h"
#include "models/fleet/battery.h"
#include "models/money.h"
#include "models/rails/ledger.h"
#include "models/rails/rail.h"
#include "models/site/parking.h"
#include "models/slab.h"
#include "models/trouble.h"
#include "sim/ports.h"

#define SESSION_NEVER_US       (-1)
#define SESSION_NO_VISITOR     UINT32_MAX
#define SESSION_ORDER_MAX_MSAT INT64_C(10000000000000) /* 100 BTC in one payment: keeps every sum within 64 bits */

/* How a session came to its end. */
enum session_end {
    SESSION_END_NONE,      /* it has not */
    SESSION_END_COMPLETE,  /* the car stopped drawing by itself */
    SESSION_END_DEPARTED,  /* the driver left first */
    SESSION_END_UNPOWERED, /* a payment failed for good or was taken back: the outlet stayed off to the end */
    SESSION_END_UNPLUGGED  /* it never got an outlet */
};

/* Money that is neither the payer's nor the operator's to use, as it was when it was looked at last. Exposed: energy
 * had for it, but it is not final. Locked: that; paid and not used; asked for and not credited; refunds on their way.
 */
struct session_hold {
    int64_t exposed_msat, locked_msat;
    int64_t at_us;
};

/* Why a session at a device waits for the last reading. */
enum session_stop {
    SESSION_STOP_NONE, /* it does not */
    SESSION_STOP_FULL, /* the car is full */
    SESSION_STOP_LEAVE /* the car leaves */
};

/* What was agreed when the car came, and what became of it. */
struct session {
    bool is_used;  /* false: a free number, or a guest's */
    bool is_guest; /* the number is lent: nothing else of this is used but the key, which is the guest's own */
    uint64_t key;  /* names the session's random draws; the same on every rail */
    uint32_t car;
    struct stay stay;
    struct battery battery;
    int64_t arrival_us, departure_us;
    int64_t plugged_us, powered_us; /* SESSION_NEVER_US: not yet */
    int64_t demand_uj;              /* what it came for */
    enum session_end end;
    struct sim_handle departure, moving;
    uint32_t visitor;       /* SESSION_NO_VISITOR: a car of the fleet */
    bool is_first_deal;     /* of this visitor and this owner */
    uint32_t payee;         /* RAIL_OPERATOR, or RAIL_PEER of the outlet's owner */
    int64_t full_us;        /* when the car was full; SESSION_NEVER_US: it is not */
    int64_t idle_booked_us; /* how long it has stayed on after that, known when it leaves */
    int64_t idle_msat;      /* what it owes for that */
    bool was_moved;         /* it left before its driver did */

    struct outlet_port port;
    int64_t metered_uj;         /* booked in cost */
    int64_t reading_uj;         /* of the meter when it was booked */
    int64_t price_uyen_per_kwh; /* that the present energy is booked at */
    __int128 cost_parts;
    int64_t paid_msat, refunded_msat, reversed_msat; /* refunded: when it was asked for */
    int64_t limit_msat; /* value of energy that the rail lets flow; INT64_MAX: all that is paid for */
    int64_t fee_msat, weight_wu;
    int64_t trust_msat;                /* what may flow unpaid; 0: energy is paid first */
    int64_t purchase_uj;               /* of one payment */
    bool is_settling;                  /* is done, and pays the rest: energy on credit, staying on */
    enum rail_cause reversed_cause;    /* of the first payment taken back; UNPAID: the rest never came */
    enum rail_cause attack;            /* what the payer was up to; NONE: nothing */
    int64_t final_msat, returned_msat; /* payments that are final, refunds that have arrived */
    struct session_hold hold;
    uint32_t asked_count, credited_count, failed_count;
    uint32_t tries; /* of the payment at hand that failed */
    int64_t in_flight_msat;
    enum rail_cause give_up_cause; /* NONE: has not given up */
    struct sim_handle retry;
    int64_t guard_uj;        /* sessions->guard_uj, and what a device delivers before anybody knows */
    bool is_device;          /* its outlet is one: nature and not the model decides what flows */
    enum session_stop stop;  /* the outlet is off for good, but its last reading is awaited */
    struct sim_handle again; /* the outlet had a fault and is asked once more */
    bool is_on;              /* what the outlet was asked for last */
    bool is_interrupted;     /* was off for want of credit after it had been on */
    bool is_done;            /* the car is full: buys nothing more */
    bool may_feed;           /* the car may give power back: it stays a customer when it is full */
    bool is_resting;         /* ... which it is now */
    bool has_left;           /* the car is gone; money may still be under way */
    bool is_open;            /* on the rail: from plug-in to CLOSED */
    uint32_t previous, next; /* plugged sessions, SLAB_NONE ends */
};

/* What the sessions tell the one that runs them. */
struct sessions_listener {
    void *self;
    /* After it was booked. number: SLAB_NONE if it is of no session. */
    void (*on_event)(void *self, uint32_t number, const struct rail_event *event);
    void (*on_over)(void *self, uint32_t number); /* has left and money is at rest; the number is free afterwards */
};

/* All sessions of one building. */
struct sessions {
    struct trouble *trouble;
    const struct payment_config *config;
    const struct idle_config *idle;
    const struct ledger *ledger; /* of the rail */
    struct money money;
    struct rail rail;
    struct sessions_listener listener;
    struct slab slab;
    uint32_t first; /* of the plugged ones */
    int64_t price_uyen_per_kwh;
    int64_t limit_ma;
    int64_t guard_uj, reorder_uj;
    int64_t payer_fee_msat;   /* all that payers paid on top */
    int64_t fee_msat;         /* that, and all that the operator paid */
    int64_t past_kept_msat;   /* paid - refunded - reversed of sessions that are over, less what was undone */
    __int128 past_metered_uj; /* of sessions that are over */
    /* Sums of the sessions' hold over time, since the beginning or the restart; the straight line is taken between two
     * looks. */
    __int128 exposed_msat_us, locked_msat_us;
    int64_t exposed_most_msat;  /* in one session */
    int64_t refunds_msat;       /* on their way */
    struct rail_listener guest; /* hears the events of numbers that are lent */
    int64_t guest_msat;         /* what payers have spent for guests and no other payer has */
    uint16_t retry_kind, again_kind;
};

struct session *session_at(const struct sessions *sessions, uint32_t number);
bool session_is_plugged(const struct session *session);
/* Books the meter up to now. */
void session_settle(struct sessions *sessions, struct session *session);
/* Takes note of what is held now. */
void session_look(struct sessions *sessions, struct session *session);
/* Energy that the session's money still buys at the present price, the meter being settled. */
int64_t session_available_uj(const struct sessions *sessions, const struct session *session);
/* The same, with what may flow on credit, less what the rail holds back. */
int64_t session_deliverable_uj(const struct sessions *sessions, const struct session *session);
/* What it has cost beyond what was paid, in msat; at least 0. */
int64_t session_unpaid_msat(const struct sessions *sessions, const struct session *session);

/* What is still to be paid when it is done: energy that flowed on credit, and staying on. */
int64_t session_rest_msat(const struct sessions *sessions, const struct session *session);

/* The warm-up ends: sums over time begin anew. */
void sessions_restart(struct sessions *sessions);
/* Books the meter up to now: for results at the end of the run. */
void sessions_settle(struct sessions *sessions, uint32_t number);
/* What the car came for, and the refill of what it gave. */
int64_t session_demand_uj(const struct session *session);
/* Money kept for the session: paid less refunded less reversed. */
int64_t session_kept_msat(const struct session *session);
/* At its end, to the millisatoshi: what its energy and its staying on cost is paid, owed (what is refunded and has not
 * arrived is not counted as paid) or lost: no more was kept, and nothing is under way. */
bool session_audit_over(const struct sessions *sessions, const struct session *session, char *why, size_t why_size);
/* What all sessions were ever debited for, with what the meters have counted since: to the microjoule what all meters
 * show. */
__int128 sessions_metered_uj(const struct sessions *sessions);
/* Asserts that no energy has been metered beyond what had been paid for it, taken back later or not, that what the
 * sessions were paid is what the payers spent, and that the fees told are what the provider has. ledger: of the rail.
 */
bool sessions_audit(const struct sessions *sessions, const struct ledger *ledger, char *why, size_t why_size);
/* What the metered energy costs. */
int64_t session_cost_msat(const struct sessions *sessions, const struct session *session);

#endif
