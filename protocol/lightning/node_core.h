/* node_core.h: what all parts of a node stand on: memory, drawing, saying, jobs, marks.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_NODE_CORE_H
#define KONSENTO_LIGHTNING_NODE_CORE_H

#include "protocol/lightning/node_input.h"
#include "protocol/lightning/node_state.h"

/* ---- memory ---- */

/* Takes all memory by the limits, fills in defaults, draws from the configuration's secrets. Returns OK, KEYS,
 * NO_MEMORY; close in any case. */
LN_MUST_USE enum ln_node_result ln_node_core_open(struct ln_node *node, struct ln_node_shop *shop,
                                                  const struct ln_node_config *config);
void ln_node_core_close(struct ln_node *node);

/* Return LN_NODE_NONE if the limit is reached. */
uint32_t ln_places_take(struct ln_places *places);
void ln_places_give(struct ln_places *places, uint32_t place);

/* Room for so many bytes and fields; what was in it is gone if it must grow. Returns false if there is no memory. */
LN_MUST_USE bool ln_node_reserve_draft(struct ln_node *node, struct ln_node_draft *draft, size_t bytes, uint32_t ends);
void ln_node_close_draft(struct ln_node *node, struct ln_node_draft *draft);

/* ---- drawing ---- */

/* 32 bytes that nobody can guess, never the same twice. In: word, what for. */
void ln_node_draw(struct ln_node *node, uint8_t out[32], const char *word);
uint64_t ln_node_draw_number(struct ln_node *node, const char *word);

/* ---- saying ---- */

/* An effect; never NULL: without memory it goes nowhere and the node has failed. */
struct ln_node_effect *ln_node_say(struct ln_node *node, enum ln_node_effect_kind kind, struct btc_bytes bytes);
/* An event, to complete. */
struct ln_node_event *ln_node_tell(struct ln_node *node, enum ln_node_event_kind kind);
void ln_node_send(struct ln_node *node, uint32_t peer, const struct ln_message *message);
void ln_node_watch(struct ln_node *node, const struct btc_outpoint *outpoint);

/* ---- jobs ---- */

/* In: job, of which as many bytes count as it says. */
void ln_node_push_job(struct ln_node *node, const struct ln_node_job *job);
/* Takes the oldest to node->job. Returns false if there is none. */
bool ln_node_next_job(struct ln_node *node);

/* ---- marking ---- */

void ln_node_mark_channel(struct ln_node *node, struct ln_node_channel *entry);
void ln_node_mark_chain(struct ln_node *node, struct ln_node_channel *entry);
void ln_node_mark_link(struct ln_node *node, struct ln_node_link *link);
void ln_node_mark_invoice(struct ln_node *node, struct ln_node_invoice *invoice);
void ln_node_mark_payment(struct ln_node *node, struct ln_payment *payment);
void ln_node_mark_attempt(struct ln_node *node, struct ln_attempt *attempt);
/* Its entry is dropped with what this input writes. */
void ln_node_drop(struct ln_node *node, enum ln_store_kind kind, uint64_t first, uint64_t second);
/* The channel is looked at at the end of the input. */
void ln_node_touch(struct ln_node *node, struct ln_node_channel *entry);

static inline struct ln_workshop ln_node_workshop(struct ln_node *node)
{
    return (struct ln_workshop){node->shop->backend, &node->pool, &node->shop->scratch, &node->shop->effects};
}

static inline struct ln_onchain_tools ln_node_tools(struct ln_node *node)
{
    return (struct ln_onchain_tools){node->shop->backend, &node->shop->scratch, &node->shop->chain_effects};
}

#endif
