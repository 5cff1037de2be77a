/* node_effects.h: what a node wants done: one list, in the order in which it must be done.   [real]
 * SPDX-License-Identifier: MIT
 *
 * An input that changes what must outlive a crash puts LN_NODE_PERSIST first: what follows, up to the end of the list
 * and in all later ones, must not leave the machine until its bytes are safe at the end of the stream (store.h); only
 * LN_NODE_WATCH does not wait: it must be heard before the next block is told. The bytes hold all that the input has
 * changed, so there is nothing else to remember: a node restored from any prefix of the stream that ends with a record
 * is as it was behind that input, and says again what its host may have missed (results of payments, funding to be
 * broadcast, outpoints to watch). Messages that waited when their connection was lost are dropped by the host. Bytes
 * lie in the list's memory and are good until it is cleared.
 */
#ifndef KONSENTO_LIGHTNING_NODE_EFFECTS_H
#define KONSENTO_LIGHTNING_NODE_EFFECTS_H

#include "protocol/bitcoin/allocator.h"
#include "protocol/bitcoin/tx.h"
#include "protocol/lightning/onchain_effects.h"

enum ln_node_effect_kind {
    LN_NODE_PERSIST,    /* number, counts from 1; bytes: a record, empty if the node keeps none */
    LN_NODE_MESSAGE,    /* bytes, to peer */
    LN_NODE_DISCONNECT, /* close the connection to peer, behind the messages before this */
    LN_NODE_BROADCAST,  /* bytes: a transaction; event.txid; event.replaced, if not all zero */
    LN_NODE_FORGET_TX,  /* event.txid: one that was broadcast can no longer be mined */
    LN_NODE_WATCH,      /* event.outpoint: transactions of blocks that make or spend it are wanted; does not wait */
    LN_NODE_FETCH,      /* give the entry PAST (event.channel, number) of the stream to ln_node_give_past */
    LN_NODE_EVENT,
};

enum ln_node_event_kind {
    /* peers */
    LN_NODE_PEER_READY,   /* inits are exchanged */
    LN_NODE_PEER_REFUSED, /* text: why */
    LN_NODE_PEER_WARNING, /* bytes: what it complains about */
    /* channels; each with channel, peer */
    LN_NODE_FUND,             /* pay bytes (a script) amount_msat / 1000, then ln_node_fund */
    LN_NODE_FUNDING_SAFE,     /* broadcast the transaction that has outpoint; told again after a restart */
    LN_NODE_CHANNEL_NEW,      /* the channel can no longer be lost: remembered across restarts */
    LN_NODE_CHANNEL_READY,    /* short_channel_id (or an alias) */
    LN_NODE_CHANNEL_LEAVES,   /* one side wants to close */
    LN_NODE_CHANNEL_AGREED,   /* a closing transaction is agreed, and broadcast */
    LN_NODE_CHANNEL_FAILS,    /* given up: our commitment goes to the chain; text */
    LN_NODE_CHANNEL_LOST,     /* we have forgotten states: the peer must close */
    LN_NODE_CHANNEL_SPENT,    /* its funding output was spent in a block; close */
    LN_NODE_CHANNEL_REOPENED, /* that block is gone */
    LN_NODE_CHANNEL_GONE,     /* resolved or never funded, and forgotten; text */
    LN_NODE_WANT_COINS,       /* no coin can pay a fee of amount_msat / 1000: ln_node_set_coins */
    /* being paid; each with invoice, payment_hash, amount_msat */
    LN_NODE_INVOICE_HELD,      /* all parts are there: ln_node_settle or ln_node_cancel */
    LN_NODE_INVOICE_PAID,      /* the preimage is on its way to who paid */
    LN_NODE_INVOICE_CANCELLED, /* by command, by height, or its parts did not come in time; text */
    /* paying; each with payment, payment_hash */
    LN_NODE_PAYMENT_SENT,   /* preimage, amount_msat, fee_msat */
    LN_NODE_PAYMENT_FAILED, /* cause, code, hop node_id if known, text */
    LN_NODE_ATTEMPT_SENT,   /* attempt, amount_msat, fee_msat, channel */
    LN_NODE_ATTEMPT_FAILED, /* attempt, code, node_id if known, short_channel_id to blame if any, text */
    /* forwarding; channel in, other out */
    LN_NODE_FORWARD_SENT,    /* amount_msat out, fee_msat */
    LN_NODE_FORWARD_SETTLED, /* fee_msat earned */
    LN_NODE_FORWARD_FAILED,  /* code, if by us; text */
    /* HTLCs that go on, or come from, where only the host reaches (node_outside.h) */
    LN_NODE_FORWARD_ASKED, /* channel, htlc; short_channel_id (none of ours), amount_msat, fee_msat, expiry_height, and
                            * as bytes the onion for the next hop. For ln_node_answer; told again after a restart */
    LN_NODE_OFFER_FULFILLED, /* other, htlc: of ln_node_offer; preimage */
    LN_NODE_OFFER_FAILED,    /* likewise; bytes: the reason, empty if the channel ended on the chain */
};

struct ln_node_event {
    enum ln_node_event_kind kind;
    enum ln_close close;
    uint8_t cause; /* enum ln_pay_cause */
    uint16_t code; /* of BOLT 4 */
    uint64_t channel;
    uint64_t other;
    uint64_t payment;
    uint64_t attempt;
    uint64_t invoice;
    uint64_t htlc;
    uint64_t short_channel_id;
    uint64_t amount_msat;
    uint64_t fee_msat;
    uint32_t expiry_height;
    struct btc_outpoint outpoint;
    uint8_t payment_hash[32];
    uint8_t preimage[32];
    uint8_t node_id[33];
    uint8_t txid[32];
    uint8_t replaced[32];
    const char *text; /* constant, never NULL behind ln_node_effects_event */
};

struct ln_node_effect {
    enum ln_node_effect_kind kind;
    uint32_t peer;
    uint64_t number;
    struct btc_bytes bytes;
    struct ln_node_event event;
};

struct ln_node_effects {
    const struct btc_allocator *allocator;
    struct ln_node_effect *list;
    uint32_t count;
    uint32_t capacity;
    /* bytes, in chunks that never move */
    struct ln_node_chunk *first;
    struct ln_node_chunk *now;
};

void ln_node_effects_init(struct ln_node_effects *effects, const struct btc_allocator *allocator);
void ln_node_effects_close(struct ln_node_effects *effects);
/* Memory is kept for what comes. */
void ln_node_effects_clear(struct ln_node_effects *effects);
/* Adds one, zeroed but for its kind, with a copy of bytes. Returns NULL if there is no memory. */
struct ln_node_effect *ln_node_effects_add(struct ln_node_effects *effects, enum ln_node_effect_kind kind,
                                           struct btc_bytes bytes);
/* Puts one before all from a place on. */
struct ln_node_effect *ln_node_effects_insert(struct ln_node_effects *effects, uint32_t at,
                                              enum ln_node_effect_kind kind, struct btc_bytes bytes);

const char *ln_node_event_name(enum ln_node_event_kind kind);

#endif
