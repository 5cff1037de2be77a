/* town_parts.h: what the files of a town share.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_TOWN_PARTS_H
#define KONSENTO_TESTS_LIGHTNING_TOWN_PARTS_H

#include "tests/lightning/town.h"

/* The node, for a call whose effects are then taken. */
struct ln_node *town_call(struct town *town, unsigned number);
/* Carries out what a call left, or lets it wait. */
void town_take(struct town *town, unsigned number);

/* ---- the chain ---- */

void town_make_wallets(struct town *town);
void town_rewind(struct town *town, uint32_t height, size_t used);
bool town_judge(void *context, const struct btc_signature_check *check);
void town_fund(struct town *town, unsigned number, const struct ln_node_event *event, struct btc_bytes script);
void town_send_funding(struct town *town, unsigned number, const struct btc_outpoint *outpoint);
void town_forget_tx(struct town *town, const uint8_t txid[32]);
void town_watch(struct town *town, unsigned number, const struct btc_outpoint *outpoint);
void town_fetch(struct town *town, unsigned number, const struct ln_node_effect *effect);
void town_tell_rates(struct town *town, unsigned number);
/* Blocks that a node has missed. */
void town_catch_up(struct town *town, unsigned number);

#endif
