/* rail.h: the one interface of all payment rails.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   session_open --> pay --> pay --> refund --> session_close     (ops: downwards)
 *                     |       |        |             |
 *                  CREDITED  FAILED  REFUNDED      CLOSED          (events: upwards)
 *                     |
 *              FINAL or REVERSED
 *
 * A rail moves money from a session's payer to the operator. `credited` is the moment from which the operator is willing
 * to deliver; `final` the one from which nobody can take the money back; `reversed` says that somebody did. What lies
 * between credited and final is the operator's exposure. On a card that is settlement, on a chain confirmations (and
 * credited may come with zero of them), on a channel the two coincide.
 *
 * Contract. Amounts are millisatoshi > 0. Every pay is answered by exactly one CREDITED or FAILED, every CREDITED by
 * exactly one FINAL or REVERSED (unless the run ends first), every refund by one REFUNDED. After session_close comes no
 * pay; when the rail has nothing more to say about the session it raises CLOSED once, and the number may be used again.
 * Events come from the kernel, never from inside an op. The listener may call ops from inside an event.
 * A rail books every movement in the ledger, in the event in which it happens.
 */
#ifndef KONSENTO_MODELS_RAILS_RAIL_H
#define KONSENTO_MODELS_RAILS_RAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rail_event_kind {
    RAIL_CREDITED, /* the outlet may deliver against it */
    RAIL_FINAL,    /* amount: what was left after refunds */
    RAIL_REVERSED, /* taken back after it was credited; amount: what was left after refunds */
    RAIL_FAILED,   /* never credited; cause says why */
    RAIL_REFUNDED, /* amount is back with the payer */
    RAIL_CLOSED    /* nothing more will come of this session */
};

enum rail_cause {
    RAIL_CAUSE_NONE,
    RAIL_CAUSE_DECLINED,   /* the provider refused */
    RAIL_CAUSE_OUTAGE,     /* the rail was down */
    RAIL_CAUSE_CHARGEBACK, /* the payer took it back through the provider */
    RAIL_CAUSE_COUNT
};

struct rail_order {
    uint32_t session;    /* as in session_open */
    uint32_t payment;    /* n-th of its session, from 0 */
    int64_t amount_msat; /* what the operator is to get */
};

struct rail_event {
    enum rail_event_kind kind;
    enum rail_cause cause;
    uint32_t session, payment; /* payment: 0 with REFUNDED and CLOSED */
    int64_t amount_msat;
    int64_t fee_payer_msat, fee_payee_msat; /* that this event cost each side */
    int64_t asked_us;                       /* when pay was called */
};

struct rail_listener {
    void *self;
    void (*on_event)(void *self, const struct rail_event *event);
};

struct rail_ops {
    /* payer: number of the car; key: names the session's random draws, the same on every rail. */
    void (*session_open)(void *self, uint32_t session, uint32_t payer, uint64_t key);
    void (*pay)(void *self, const struct rail_order *order);
    /* Gives back part of what the session has paid; no more than what was credited and not reversed or refunded. */
    void (*refund)(void *self, uint32_t session, int64_t amount_msat);
    void (*session_close)(void *self, uint32_t session);
    /* Money credited and not yet final, net of refunds, all sessions together. */
    int64_t (*exposure_msat)(const void *self);
    /* Asserts the rail's own books against the ledger. Returns false and the reason if they differ. */
    bool (*audit)(const void *self, char *why, size_t why_size);
    void (*free)(void *self);
};

struct rail {
    const struct rail_ops *ops;
    void *self;
};

#endif
