/* desk.h: what traders owe each other, and how it is paid: real payments over the rail, or not at all.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   trade --> debt between two traders --settlement--> one payment for the pair --> CREDITED: paid
 *                ^                                          |
 *                +---- less than `least`: waits             +--> FAILED, or REVERSED later: the grid steps in
 *
 * Debts are kept exactly (models/money.h) and netted within the pair, never across pairs, so that each payment stands
 * for trades of its own. Paid is what the rail can move, rounded down: whole millisatoshi, or whole satoshi above dust
 * on a chain; what is left out stays a debt. Where a payment fails, or is taken back, its trades count as not made: the
 * buyer pays the grid's price for what he drew, the seller has the grid's price for what he fed, and both lose what the
 * trade was worth to them. What was final and is undone later stays a trade: the seller's loss is the buyer's gain.
 *
 * Where a rail cannot carry all payments of a settlement at once, each trader has a few under way and the others wait.
 *
 * A payment is a session of the rail by itself: opened, paid once, closed. Its number is lent by models/session.h.
 */
#ifndef KONSENTO_MODELS_MARKET_DESK_H
#define KONSENTO_MODELS_MARKET_DESK_H

#include "models/money.h"
#include "models/rails/rail.h"
#include "models/session.h"
#include "models/slab.h"

#define DESK_KEYS (UINT64_C(1) << 47) /* keys of its payments: no car's */

/* One trade, or all of a pair since its last payment: `from` owes `to`. */
struct debt {
    uint32_t from, to;
    __int128 parts;       /* negative: the other way */
    int64_t energy_uj;    /* that was traded, either way */
    __int128 worth_parts; /* of the trades, to both sides, against the grid */
};

struct debt_list {
    struct debt *debts;
    size_t count, capacity;
};

enum bill_state { BILL_ASKED, BILL_CREDITED, BILL_FINAL, BILL_FALLEN };

struct bill {
    enum bill_state state;
    bool was_credited; /* FALLEN: and taken back */
    uint32_t session;  /* on the rail */
    struct debt debt;  /* parts > 0 */
    int64_t amount_msat;
    int64_t fee_msat;
    int64_t asked_us;
    uint64_t key;
};

struct desk_listener {
    void *self;
    /* Credited, final, fallen: after it was booked. cause: of a fall. */
    void (*on_bill)(void *self, const struct bill *bill, enum rail_cause cause);
    /* Either side has paid a fee; less than 0: it comes back. */
    void (*on_fee)(void *self, const struct bill *bill, int64_t fee_msat);
    /* A payment between residents that was final is lost: the payee has it no more, the payer has it and its fee. */
    void (*on_undone)(void *self, const struct rail_event *event);
};

struct desk {
    struct sessions *sessions;
    struct desk_listener listener;
    uint32_t operator_trader, operator_payer; /* a trader's number is a payer's on the rail, but for this one */
    uint32_t outlets;                         /* a payee's stands for him where the rail wants one */
    int64_t unit_msat, least_msat;            /* what a payment may amount to; least > 0 */
    struct debt_list pairs;                   /* what was left of former settlements: sorted by pair, one each */
    struct debt_list fresh;                   /* since the last one */
    struct slab bills;
    uint64_t bill_count;
    uint32_t traders;
    uint32_t at_once;         /* payments of one trader at a time, made or got; 0: as many as there are */
    uint32_t *busy;           /* per trader: those under way */
    struct debt_list waiting; /* for one of them to end: parts is what is to be paid, whole units; by time */
    __int128 *due_parts;  /* per trader: what trades brought him, less what was asked for in payments; < 0: he owes */
    __int128 *open_parts; /* the same from the lists, for the audit */
};

/* sessions: their guest's events are heard from here on. The caller sets the amounts, the operator and the outlets. */
void desk_init(struct desk *desk, struct sessions *sessions, const struct desk_listener *listener);
/* Books for so many traders. Returns false when memory is out. */
bool desk_reserve(struct desk *desk, uint32_t traders) __attribute__((warn_unused_result));
void desk_close(struct desk *desk);
/* A trade. Returns false when memory is out. */
bool desk_owe(struct desk *desk, const struct debt *debt) __attribute__((warn_unused_result));
/* Nets what is owed and asks for the payments. */
void desk_settle(struct desk *desk);
/* What is owed and not asked for yet, both ways of all pairs. */
__int128 desk_open_parts(const struct desk *desk);
/* What each trader is due is what is still open for him, to the part; nobody's money is made or lost. */
bool desk_audit(const struct desk *desk, char *why, size_t why_size);

#endif
