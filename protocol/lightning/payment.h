/* payment.h: a payment that we make: what may be spent on it, its attempts, what was learned, how it ended.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     terms ──► plan: parts over routes ──► attempts, each an HTLC with an onion
 *                 ▲                             │ failed: who, why ──► learned (liquidity.h), blocked for this payment
 *                 └── what is missing, again ◄──┘ fulfilled: the payment is made, the others follow
 *
 * A payment ends when none of its attempts is under way: as SENT if one was fulfilled (the payee has given the preimage
 * away; it can take all parts), else as FAILED with a cause. It is tried again until its limits of attempts or time
 * are reached, or the payee refuses. Nothing here touches channels: node_pay.c sends what is planned. Source: BOLT 4,
 * basic multi-part payments, failure messages, receiving failure codes.
 */
#ifndef KONSENTO_LIGHTNING_PAYMENT_H
#define KONSENTO_LIGHTNING_PAYMENT_H

#include "protocol/lightning/backend_onion.h"
#include "protocol/lightning/failure.h"
#include "protocol/lightning/split.h"

#define LN_PAYMENT_BLOCKS_MAX   48 /* directions that one payment avoids; the oldest gives way */
#define LN_PAYMENT_PAUSE_US     1000000
#define LN_PAYMENT_PAUSE_MAX_US 60000000

enum ln_payment_state {
    LN_PAYMENT_FREE, /* no payment */
    LN_PAYMENT_TRYING,
    LN_PAYMENT_GIVING_UP, /* attempts are under way, none will follow; cause says why */
    LN_PAYMENT_SENT,
    LN_PAYMENT_FAILED,
};

/* Why a payment failed. */
enum ln_pay_cause {
    LN_PAY_NONE,
    LN_PAY_NO_ROUTE,  /* route says why; code, node_id: of the last failure, if there was one */
    LN_PAY_ATTEMPTS,  /* the limit of attempts is reached; code, node_id: of the last failure */
    LN_PAY_DEADLINE,  /* the time for it is over; code, node_id: of the last failure */
    LN_PAY_REFUSED,   /* the payee does not want it; code */
    LN_PAY_CANCELLED, /* by command */
    LN_PAY_NO_ROOM,   /* a limit of ours */
    LN_PAY_CAUSES
};

struct ln_pay_terms {
    uint8_t payee[33];
    uint8_t payment_hash[32];
    uint64_t amount_msat;
    uint64_t max_fee_msat;
    uint64_t deadline_us;     /* of node time; 0: none */
    uint32_t deadline_height; /* no attempt is made from it on; 0: none */
    uint32_t max_blocks;      /* that money may be locked for; 0: 2016 */
    uint32_t final_blocks;    /* min_final_cltv_expiry_delta, and what hides the payee */
    uint16_t attempts_max;    /* parts count each; 0: 20 */
    uint16_t parts_max;       /* at a time; 0: 1 */
    uint64_t part_min_msat;
    bool has_secret;
    bool has_keysend;
    uint8_t payment_secret[32];
    uint8_t preimage[32]; /* keysend */
    uint16_t metadata_length;
    uint8_t metadata[LN_INVOICE_FIELD_BYTES];
    uint8_t hint_count;
    struct ln_invoice_hop hints[LN_INVOICE_HOPS_MAX];
};

enum ln_attempt_state {
    LN_ATTEMPT_FREE, /* no attempt */
    LN_ATTEMPT_SENT,
};

/* One HTLC of ours. */
struct ln_attempt {
    uint8_t state; /* enum ln_attempt_state */
    bool dirty;    /* kept by who keeps it */
    bool counted;  /* in liquidity, as on its way */
    uint64_t number;
    uint64_t payment;
    uint64_t channel;
    uint64_t htlc;
    uint64_t sent_us;
    uint32_t height; /* when it was sent: expiries of the route count from it */
    uint8_t session_key[32];
    struct ln_route route;
};

struct ln_payment {
    uint8_t state; /* enum ln_payment_state */
    bool dirty;    /* kept by who keeps it */
    uint8_t cause; /* enum ln_pay_cause */
    uint8_t route; /* enum ln_route_result, of the last search */
    uint16_t code; /* of the last failure, 0: none, or unreadable */
    uint64_t number;
    uint64_t begun_us;
    uint64_t next_us; /* when to try again; 0: at once, UINT64_MAX: not before something ends */
    uint64_t pause_us;
    uint64_t under_way_msat; /* without fees */
    uint64_t under_way_fee_msat;
    uint64_t paid_msat; /* by attempts that were fulfilled */
    uint64_t fee_msat;  /* that they paid */
    uint32_t attempts;  /* ever made */
    uint32_t attempts_under_way;
    uint8_t failed_node[33]; /* of the last failure, zeros: unknown */
    bool has_preimage;
    uint8_t preimage[32];
    uint32_t block_count;
    uint32_t block_next; /* the place that the next one takes */
    struct ln_route_block blocks[LN_PAYMENT_BLOCKS_MAX];
    struct ln_pay_terms terms;
};

/* What planning needs of the node. */
struct ln_pay_map {
    struct ln_router *router;
    const struct ln_graph *graph;
    const struct ln_liquidity *liquidity;
    const struct ln_route_prices *prices; /* NULL: usual */
    const struct ln_route_own *own;
    uint32_t own_count;
    const uint8_t *payer; /* 33 bytes */
    uint64_t now_us;
    uint32_t height;
    uint32_t likely_ppm;    /* a part less likely than this is halved */
    uint32_t shadow_blocks; /* added to the last expiry */
};

/* In: number, unique. */
void ln_payment_begin(struct ln_payment *payment, uint64_t number, const struct ln_pay_terms *terms, uint64_t now_us);
/* Whether another attempt may be made now; if not, and it was TRYING, the payment may be GIVING_UP from now on. */
bool ln_payment_may_try(struct ln_payment *payment, uint64_t now_us, uint32_t height);
/* Routes for what is missing. Out: parts, LN_SPLIT_PARTS_MAX of room; count. */
LN_GRAPH_MUST_USE enum ln_route_result ln_payment_plan(struct ln_payment *payment, struct ln_route *parts,
                                                       uint32_t *count, const struct ln_pay_map *map);
/* There was no route: waits, with all directions unblocked, if time is left; gives up otherwise. */
void ln_payment_no_route(struct ln_payment *payment, enum ln_route_result why, uint64_t now_us);
/* The onion for a part. In: height, of the newest block. Out: packet. */
LN_GRAPH_MUST_USE enum ln_onion_result ln_payment_onion(uint8_t packet[LN_ONION_PACKET_BYTES],
                                                        const struct ln_payment *payment,
                                                        const struct ln_attempt *attempt,
                                                        const struct ln_backend *backend);
/* Keys of the onion, once more. */
LN_GRAPH_MUST_USE bool ln_attempt_path(struct ln_onion_path *path, const struct ln_attempt *attempt,
                                       const struct ln_backend *backend);

void ln_payment_sent(struct ln_payment *payment, const struct ln_attempt *attempt);
void ln_payment_fulfilled(struct ln_payment *payment, const struct ln_attempt *attempt, const uint8_t preimage[32]);

/* Why an attempt came back. */
struct ln_attempt_failure {
    int source;      /* hop that said so, 0 the peer; -1: nobody knows, or we could not send it at all */
    bool by_us;      /* it never left us, or came back by the chain */
    bool updated;    /* our picture of the channel was out of date and has been mended */
    uint16_t code;   /* 0: unreadable */
    uint32_t blamed; /* the first hop whose attribution data does not match, plus one; 0: none, or no such data */
};
/* What follows from it. */
struct ln_attempt_verdict {
    struct ln_liquidity_failure lesson; /* in terms of the route's hops */
    uint64_t short_channel_id;          /* that is to blame, 0: none */
    const uint8_t *node_id;             /* in the route, NULL: unknown */
};
/* Takes it into the payment: blocks, refusal. */
void ln_payment_attempt_failed(struct ln_payment *payment, struct ln_attempt_verdict *verdict,
                               const struct ln_attempt *attempt, const struct ln_attempt_failure *failure,
                               const struct ln_pay_map *map);
/* An attempt is gone from its channel. Returns whether the payment has ended with it: state is SENT or FAILED.
 */
bool ln_payment_attempt_over(struct ln_payment *payment, const struct ln_attempt *attempt);
void ln_payment_give_up(struct ln_payment *payment, enum ln_pay_cause cause);

const char *ln_pay_cause_text(enum ln_pay_cause cause);

#endif
