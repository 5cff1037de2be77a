/* node_keep.h: the parts of a node as entries of its stream.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_NODE_KEEP_H
#define KONSENTO_LIGHTNING_NODE_KEEP_H

#include "protocol/lightning/node_chain.h"
#include "protocol/lightning/snapshot.h"

/* Puts all that is marked into the record that the input has begun. */
void ln_node_keep_marked(struct ln_node *node);
/* Forgets the marks, where nothing is written. */
void ln_node_clear_marks(struct ln_node *node);

/* Reads all that the index has, but the past. What channels tell is left as jobs. Returns OK, STORE, FULL, NO_MEMORY.
 */
LN_MUST_USE enum ln_node_result ln_node_read_all(struct ln_node *node, const struct ln_store_index *index,
                                                 enum ln_snapshot_age age);

#endif
