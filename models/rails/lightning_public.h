/* lightning_public.h: phones and outlets that meet in the public graph.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     phone ═══ provider ── · ── the graph ── · ── operator's node ═══ outlet        ═══ real   ── modeled
 *
 * Every phone has its channel with one node of the graph, a provider who is a third party; every outlet with another,
 * which is the operator's. Payments between the two are routed by the payer over the graph, whose other hops are
 * modeled (host/abroad.h, network/foreign.h), or real nodes and channels that are made when a payment needs them first;
 * real are always the onions, both ends, and what fails where. Their fees are third parties'. Both ends are named by
 * their rank: nodes of the graph with more channels that forward both ways.
 *
 * Real hops: channels of the graph, those of provider and operator included, are paid for by a node of their own, the
 * funder. Its money is capital from outside: coins at time 0, and with the blocks others for those that it has spent.
 * What it pays for transactions stands in nobody's books; miners have it.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_PUBLIC_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_PUBLIC_H

#include "models/rails/lightning_parts.h"

struct public;

/* In: map, of the graph; outlives the rail. Finds the two nodes, draws balances. Returns NULL when memory is out, or
 * the graph has no two such nodes (told to trouble). Owns: public_close. */
struct public *public_open(struct lightning *rail, const struct abroad_map *map);
void public_close(struct public *public);
/* Behind the nodes: payments go on over the graph from now on. Returns false when memory is out. */
__attribute__((warn_unused_result)) bool public_begin(struct lightning *rail);

/* Adds to the config and setup of a node of the rail what it takes. */
void public_configure(const struct lightning *rail, struct ln_node_config *config, struct host_node_setup *setup,
                      enum station_role role);
/* Of the operator's node. What it keeps for forwarding counts as a fee of third parties in the ledger. */
struct abroad_books public_books(const struct lightning *rail);
struct abroad_standing public_standing(const struct lightning *rail);
/* There is a block: what has gone into real channels of the graph comes again from outside. */
void public_block(struct lightning *rail);

#endif
