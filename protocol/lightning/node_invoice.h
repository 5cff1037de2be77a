/* node_invoice.h: being paid: what was asked for, and the parts that come in.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     OPEN ──all parts──► PAID                            parts are taken all together or not at all
 *      │  └──all parts──► HELD ──settle──► PAID           (hold invoices)
 *      └─────cancel──────► CANCELLED ◄──cancel, a part's deadline──┘
 *
 * Parts that do not become enough in time are failed with mpp_timeout and may come again; parts that must be failed so
 * that their channels need not go on chain are. Source: BOLT 4, basic multi-part payments; BOLT 11; bLIP 3.
 */
#ifndef KONSENTO_LIGHTNING_NODE_INVOICE_H
#define KONSENTO_LIGHTNING_NODE_INVOICE_H

#include "protocol/lightning/node_forward.h"

enum ln_node_result ln_node_make_invoice(struct ln_node *node, uint64_t *number, char *text, size_t capacity,
                                         const struct ln_node_asking *asking);
enum ln_node_result ln_node_settle_invoice(struct ln_node *node, uint64_t number, const uint8_t *preimage);
enum ln_node_result ln_node_cancel_invoice(struct ln_node *node, uint64_t number);
enum ln_node_result ln_node_drop_invoice(struct ln_node *node, uint64_t number);

/* An HTLC that ends here: becomes a part, or is failed. */
void ln_node_take_part(struct ln_node *node, const struct ln_node_hop *hop);
/* A part was lost on the chain. */
void ln_node_part_lapsed(struct ln_node *node, struct ln_node_link *link);

/* Parts that have waited too long, invoices that have expired. */
void ln_node_invoices_in_time(struct ln_node *node);
/* Parts that can wait no longer. */
void ln_node_invoices_at_height(struct ln_node *node);
/* When ln_node_invoices_in_time has something to do; UINT64_MAX: never. */
uint64_t ln_node_invoices_next_us(const struct ln_node *node);
/* After a restart: what the host may have missed. */
void ln_node_invoices_again(struct ln_node *node);

#endif
