/* work.h: what a message costs the machine that makes it and the one that takes it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counted from what the messages say, not by watching the curve's functions: so the time is the same whether signatures
 * are real, remembered or tokens. The counts are those of a node with real keys, and a test watches one to see that
 * they are right (tests/models/test_host_work.c). Transport is the cipher's: a length, a message, two tags.
 */
#ifndef KONSENTO_MODELS_HOST_WORK_H
#define KONSENTO_MODELS_HOST_WORK_H

#include "models/network/device.h"
#include "protocol/bitcoin/bytes.h"

#include <stdbool.h>

/* BOLT 1's type; 0 for what is shorter than one. */
uint16_t host_message_type(struct btc_bytes message);
/* A message taken, or made; transport included. */
void host_work_taken(struct device_work *work, struct btc_bytes message);
void host_work_made(struct device_work *work, struct btc_bytes message);
/* An onion for so many hops, made by who pays. */
void host_work_onion(struct device_work *work, uint32_t hops);
/* An onion that is passed on: the key for the next hop. */
void host_work_forward(struct device_work *work);
/* A record of so many bytes, sealed. */
void host_work_record(struct device_work *work, size_t bytes);
/* The handshake, up to what each act lets an end do. In: act, 1 to 3; is_made, else taken. */
void host_work_act(struct device_work *work, uint32_t act, bool is_made);

#endif
