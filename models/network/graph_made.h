/* graph_made.h: a small public graph that nobody has measured, for who has none.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each new node opens channels to older ones, in proportion to how many these have (Barabasi and Albert 1999), which
 * gives few hubs and many leaves, as the real network has. Capacities are lognormal, their median 2,000,000 sat; fees,
 * deltas and limits are the medians of the graph of 2026-02-03 (docs/models.md), proportional fees lognormal about
 * theirs. The same always: drawn from a stream of its own.
 */
#ifndef KONSENTO_MODELS_NETWORK_GRAPH_MADE_H
#define KONSENTO_MODELS_NETWORK_GRAPH_MADE_H

#include "protocol/lightning/graph.h"

#define GRAPH_MADE_NODES    400
#define GRAPH_MADE_CHANNELS (4 * (GRAPH_MADE_NODES - 4))

/* In: config for ln_graph_init. Out: graph, to be closed whatever is returned. Returns false when memory is out. */
__attribute__((warn_unused_result)) bool graph_make(struct ln_graph *graph, const struct ln_graph_config *config);

#endif
