/* node_channel.h: the channels of a node: born, used, told about, forgotten.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Every call on a struct ln_channel is followed by ln_node_take, which turns what the channel wants done into effects
 * and jobs. Source: BOLT 2; BOLT 7 for short channel ids and aliases.
 */
#ifndef KONSENTO_LIGHTNING_NODE_CHANNEL_H
#define KONSENTO_LIGHTNING_NODE_CHANNEL_H

#include "protocol/bitcoin/script.h"
#include "protocol/lightning/channel.h"
#include "protocol/lightning/node_find.h"

/* A new one with a peer, connected. In: flags, enum ln_channel_flag. Returns NULL if a limit is reached, there is no
 * memory, or the keys are bad. */
struct ln_node_channel *ln_node_add_channel(struct ln_node *node, uint32_t peer, uint8_t flags);
/* Forgets it, in the stream too. In: text, why. */
void ln_node_remove_channel(struct ln_node *node, struct ln_node_channel *entry, const char *text);
/* Memory for one that is restored: number, peer, channel still to come. Returns NULL without memory. */
struct ln_node_channel *ln_node_place_channel(struct ln_node *node);
void ln_node_free_channel(struct ln_node *node, struct ln_node_channel *entry);

/* Turns what the last call on the channel left into effects and jobs. */
void ln_node_take(struct ln_node *node, struct ln_node_channel *entry);
/* Gives back the records of its HTLCs. */
void ln_node_give_records(struct ln_node *node, struct ln_node_channel *entry);

/* What comes at the end of an input for a channel that was touched: commits, closes, notes since when it waits. */
void ln_node_finish_channel(struct ln_node *node, struct ln_node_channel *entry);
/* The peer broke a rule: warning and disconnect, or the end of the channel. */
/* The transaction that funds a channel of ours is to be broadcast. */
void ln_node_tell_funding(struct ln_node *node, const struct ln_node_channel *entry);
void ln_node_punish(struct ln_node *node, struct ln_node_channel *entry, enum ln_channel_result result);
void ln_node_warn(struct ln_node *node, uint32_t peer, const uint8_t *channel_id, const char *text);

/* Whether payments may go over it now. */
/* Whether what the peer pays in it is sure to be there: who funds it we trust, that is us or asked for by nobody, or
 * its funding is as deep as was asked for. A reorganisation can take that back. */
bool ln_node_is_founded(const struct ln_node *node, const struct ln_node_channel *entry);
bool ln_node_is_usable(const struct ln_node *node, const struct ln_node_channel *entry);
/* What could be sent in one HTLC now. */
uint64_t ln_node_can_send_msat(struct ln_node *node, const struct ln_node_channel *entry);
/* What the funding output pays to. In: a channel whose peer's keys are known. */
void ln_node_funding_script(uint8_t script[BTC_P2WSH_BYTES], const struct ln_channel *channel);
/* The id that we use for it: that of the funding output, or our alias. */
uint64_t ln_node_scid_of(const struct ln_node_channel *entry);

#endif
