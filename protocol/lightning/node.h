/* node.h: a Lightning node: every input there is; all effects go to one list (node_effects.h).   [real]
 * SPDX-License-Identifier: MIT
 *
 *     peers, messages, commands, blocks, time, the wallet's answers ──► struct ln_node ──► effects, in order
 *
 * The node speaks plaintext messages; node_line.h puts a transport between. No call reads a clock, makes randomness or
 * waits: the same inputs give the same effects, with whatever back end. Each input ends with everything done that it
 * brought about: HTLCs forwarded, parts of payments sent, commitments signed. If memory runs out in the middle the
 * answer is LN_NODE_NO_MEMORY, no effect is left of it, and the node must be closed and restored from its stream.
 * Source: BOLT 1, 2, 4, 5, 7.
 */
#ifndef KONSENTO_LIGHTNING_NODE_H
#define KONSENTO_LIGHTNING_NODE_H

#include "protocol/lightning/channel_update.h"
#include "protocol/lightning/node_input.h"
#include "protocol/lightning/node_state.h"
#include "protocol/lightning/snapshot.h"

/* ---- life ---- */

/* A new node; its stream begins with the record that its first effect brings. Whatever this or the next function
 * returns, the node is to be closed in the end. */
LN_MUST_USE enum ln_node_result ln_node_open(struct ln_node *node, struct ln_node_shop *shop,
                                             const struct ln_node_config *config, uint64_t now_us, uint32_t height);
/* A node as its stream has it. In: age, LATEST if the stream is surely the last that was safe; if not, it is not so
 * again before the first record that this brings is safe: from then on the stream itself tells. The node then stands at
 * node->height, some parts of it as high as node->seen_height: if blocks up to there are no longer on the best chain
 * they are to be disconnected (ln_node_unblock with the height of the fork), then all above node->height to be
 * connected. Returns UNKNOWN if the stream ends before there is a node in it: open one, with a new stream. */
LN_MUST_USE enum ln_node_result ln_node_restore(struct ln_node *node, struct ln_node_shop *shop,
                                                const struct ln_node_config *config, const struct ln_store_index *index,
                                                enum ln_snapshot_age age, uint64_t now_us);
void ln_node_close(struct ln_node *node);

/* Its stream anew and short: a head and a checkpoint that say what index says, which must be all that was written. What
 * it writes from now on belongs behind them; whoever keeps the old stream until the new one is safe loses nothing by a
 * crash in between. Out: head, its length; checkpoint, good until the next input. Returns NO_MEMORY if there is none:
 * then all is as before. */
LN_MUST_USE enum ln_node_result ln_node_compact(struct ln_node *node, uint8_t head[128], size_t *head_length,
                                                struct btc_bytes *checkpoint, const struct ln_store_index *index);

/* How late it is, in Unix microseconds, never backwards: for the inputs that follow. */
void ln_node_clock(struct ln_node *node, uint64_t now_us);
/* Likewise, and does what is due: retries, parts that do not come, pings. */
LN_MUST_USE enum ln_node_result ln_node_time(struct ln_node *node, uint64_t now_us);
/* When ln_node_time has something to do at the latest; UINT64_MAX: never. */
uint64_t ln_node_next_us(const struct ln_node *node);

/* ---- peers ---- */

/* A connection stands (BOLT 8 has told us who it is). Out: peer, its number from now on. */
LN_MUST_USE enum ln_node_result ln_node_connect(struct ln_node *node, uint32_t *peer, const uint8_t node_id[33]);
LN_MUST_USE enum ln_node_result ln_node_disconnect(struct ln_node *node, uint32_t peer);
/* One whole message. What a peer does wrong is answered by effects; the result is about the call alone. */
LN_MUST_USE enum ln_node_result ln_node_receive(struct ln_node *node, uint32_t peer, struct btc_bytes message);

/* ---- channels ---- */

LN_MUST_USE enum ln_node_result ln_node_open_channel(struct ln_node *node, uint64_t *channel,
                                                     const struct ln_node_opening *opening);
/* The wallet has made the transaction that LN_NODE_FUND asked for, and not yet broadcast it. */
LN_MUST_USE enum ln_node_result ln_node_fund(struct ln_node *node, uint64_t channel,
                                             const struct btc_outpoint *outpoint);
/* By agreement; also gives up a channel that is not yet funded. */
LN_MUST_USE enum ln_node_result ln_node_close_channel(struct ln_node *node, uint64_t channel);
LN_MUST_USE enum ln_node_result ln_node_force_close(struct ln_node *node, uint64_t channel);
/* Opener: feerate of commitments. */
LN_MUST_USE enum ln_node_result ln_node_set_feerate(struct ln_node *node, uint64_t channel, uint32_t rate_sat_per_kwu);
LN_MUST_USE enum ln_node_result ln_node_set_forwarding(struct ln_node *node, uint64_t channel,
                                                       const struct ln_node_forwarding *forwarding);

/* ---- being paid ---- */

/* Out: invoice, its number; text with its end. */
LN_MUST_USE enum ln_node_result ln_node_ask(struct ln_node *node, uint64_t *invoice, char *text, size_t capacity,
                                            const struct ln_node_asking *asking);
/* An invoice that is held. In: preimage, NULL if the node knows it. */
LN_MUST_USE enum ln_node_result ln_node_settle(struct ln_node *node, uint64_t invoice, const uint8_t *preimage);
/* One that is open or held: its parts are failed. */
LN_MUST_USE enum ln_node_result ln_node_cancel(struct ln_node *node, uint64_t invoice);
/* One that is paid or cancelled: it will not be told again, and its place is free once its parts are gone. */
LN_MUST_USE enum ln_node_result ln_node_forget_invoice(struct ln_node *node, uint64_t invoice);

/* ---- paying ---- */

LN_MUST_USE enum ln_node_result ln_node_pay(struct ln_node *node, uint64_t *payment, const struct ln_pay_terms *terms);
/* In: limits, of which payee, payment_hash, final_blocks, secret, metadata and hints come from the invoice, and
 * amount_msat unless it is left open there. */
LN_MUST_USE enum ln_node_result ln_node_pay_invoice(struct ln_node *node, uint64_t *payment, struct btc_bytes text,
                                                    const struct ln_pay_terms *limits);
/* Without being asked: payee and limits are given, preimage and hash drawn. */
LN_MUST_USE enum ln_node_result ln_node_keysend(struct ln_node *node, uint64_t *payment,
                                                const struct ln_pay_terms *limits);
/* No further attempts; those under way may still be taken. */
LN_MUST_USE enum ln_node_result ln_node_stop(struct ln_node *node, uint64_t payment);
/* One that has ended: it will not be told again, and its place is free. */
LN_MUST_USE enum ln_node_result ln_node_forget_payment(struct ln_node *node, uint64_t payment);

/* ---- where only the host reaches (node_outside.h) ---- */

/* Answers LN_NODE_FORWARD_ASKED, once. */
LN_MUST_USE enum ln_node_result ln_node_answer(struct ln_node *node, uint64_t channel, uint64_t htlc,
                                               const struct ln_node_answer *answer);
/* Offers a peer an HTLC that comes from outside. Out: htlc, its number in the channel. */
LN_MUST_USE enum ln_node_result ln_node_offer(struct ln_node *node, uint64_t *htlc, uint64_t channel,
                                              const struct ln_add *add);

/* ---- the chain and the wallet ---- */

/* A block on the best chain, its height above all so far; of its transactions those that matter: that make or spend
 * what LN_NODE_WATCH named, or spend the coins given. */
LN_MUST_USE enum ln_node_result ln_node_block(struct ln_node *node, uint32_t height, const struct ln_node_tx *txs,
                                              uint32_t tx_count);
/* Blocks above a height are no longer on the best chain. */
LN_MUST_USE enum ln_node_result ln_node_unblock(struct ln_node *node, uint32_t height);
/* What spends the funding of a channel that has ended and is in no block yet, other than what the node has broadcast;
 * NULL: nothing does. To be told with each block, if mempools can be looked at: then a commitment of the peer's that
 * pays too little is paid for. Returns STAGE if the channel has not ended. */
LN_MUST_USE enum ln_node_result ln_node_waits(struct ln_node *node, uint64_t channel, const struct btc_tx *tx);
LN_MUST_USE enum ln_node_result ln_node_set_rates(struct ln_node *node, const struct ln_onchain_rates *rates);
/* The wallet's coins that no transaction of ours spends, and that are confirmed deeply enough not to vanish: the answer
 * to LN_NODE_WANT_COINS, and whenever they have changed since. Limits: LN_ONCHAIN_COINS. */
LN_MUST_USE enum ln_node_result ln_node_set_coins(struct ln_node *node, const struct ln_onchain_coin *coins,
                                                  uint32_t count);
LN_MUST_USE enum ln_node_result ln_node_give_past(struct ln_node *node, uint64_t channel, struct btc_bytes record);

/* ---- looking ---- */

/* Return NULL for what is not there; good until the next input. */
const struct ln_node_channel *ln_node_channel(const struct ln_node *node, uint64_t channel);
const struct ln_payment *ln_node_payment(const struct ln_node *node, uint64_t payment);
const struct ln_node_invoice *ln_node_invoice(const struct ln_node *node, uint64_t invoice);
/* What could be sent over a channel in one HTLC now; 0 if it is not usable. */
uint64_t ln_node_sendable_msat(struct ln_node *node, const struct ln_node_channel *channel);

#endif
