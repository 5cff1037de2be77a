/* node_pay.h: payments of a node: begun, sent in attempts, learned from, ended.   [real]
 * SPDX-License-Identifier: MIT
 *
 * payment.h decides, this sends and hears. Source: BOLT 4; BOLT 11.
 */
#ifndef KONSENTO_LIGHTNING_NODE_PAY_H
#define KONSENTO_LIGHTNING_NODE_PAY_H

#include "protocol/lightning/node_channel.h"

enum ln_node_result ln_node_begin_payment(struct ln_node *node, uint64_t *number, const struct ln_pay_terms *terms);
enum ln_node_result ln_node_begin_invoice(struct ln_node *node, uint64_t *number, struct btc_bytes text,
                                          const struct ln_pay_terms *limits);
enum ln_node_result ln_node_begin_keysend(struct ln_node *node, uint64_t *number, const struct ln_pay_terms *limits);
enum ln_node_result ln_node_stop_payment(struct ln_node *node, uint64_t number);
enum ln_node_result ln_node_drop_payment(struct ln_node *node, uint64_t number);

/* The preimage of an attempt. */
void ln_node_attempt_fulfilled(struct ln_node *node, struct ln_attempt *attempt, const uint8_t preimage[32]);
/* The peer failed it, and it has gone for good. In: job, of LN_EVENT_FAILED, whose bytes are used up. */
void ln_node_attempt_failed(struct ln_node *node, struct ln_attempt *attempt, struct ln_node_job *job);
/* It came back by the chain. */
void ln_node_attempt_lapsed(struct ln_node *node, struct ln_attempt *attempt);

/* Payments that have paused long enough, or too long. */
void ln_node_payments_in_time(struct ln_node *node);
uint64_t ln_node_payments_next_us(const struct ln_node *node);
/* A channel can be used that could not: no need to pause. */
void ln_node_payments_wake(struct ln_node *node);
/* After a restart: what the host may have missed, and what is under way counts again. */
void ln_node_payments_again(struct ln_node *node);

#endif
