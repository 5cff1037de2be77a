/* node_event.h: what channels tell, and what a node makes of it.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_NODE_EVENT_H
#define KONSENTO_LIGHTNING_NODE_EVENT_H

#include "protocol/lightning/node_invoice.h"
#include "protocol/lightning/node_pay.h"

/* Does node->job. */
void ln_node_do_job(struct ln_node *node);

#endif
