/* input.h: what goes into a node, and what comes of it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_INPUT_H
#define KONSENTO_MODELS_HOST_INPUT_H

#include "models/host/parts.h"

/* Civil time in microseconds: node time. */
uint64_t input_now_us(const struct host *host);
/* As host_enter and host_leave, with the work that the input is known to be. In: is_checked, whether audits may follow.
 */
void input_collect(struct host *host, uint32_t node, const struct device_work *work);
/* A result of a call that must be right or out of memory. */
void input_expect(struct host *host, enum ln_node_result result);
/* Node time goes on; the next timer is set. */
void input_on_timer(struct sim *sim, void *object, uint32_t entity, uint64_t argument);
/* Audits. */
void input_on_audit(struct sim *sim, void *object, uint32_t entity, uint64_t argument);
/* The line over which a node reaches a peer, HOST_NONE if it does not. */
uint32_t input_line_of(const struct host *host, uint32_t node, uint32_t peer);

#endif
