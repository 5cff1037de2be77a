/* queue.h: what is on its way out of a node, in order.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_QUEUE_H
#define KONSENTO_MODELS_HOST_QUEUE_H

#include "models/host/parts.h"

/* Puts one behind the others; it is due when they are, at due_us at the earliest. Bytes are copied. Returns NULL when
 * memory is out (told to trouble). */
struct output *queue_put(struct host *host, uint32_t node, enum output_kind kind, int64_t due_us,
                         struct btc_bytes bytes);
/* Takes the first if it is due. Its bytes are the caller's, to give back by queue_release. */
bool queue_take(struct host *host, uint32_t node, struct output *output);
/* Everything that waits is lost. */
void queue_drop(struct host *host, uint32_t node);
void queue_release(struct host *host, const struct output *output);
void queue_close(struct host *host, struct host_node *node);
/* Behind all of these: the memory that waits for the next output. */
void queue_free_spare(struct host *host);
/* The event for the first is due when that is. */
void queue_aim(struct host *host, uint32_t node);

#endif
