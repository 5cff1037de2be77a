/* tap.h: who keeps a record of the messages that nodes send.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_TAP_H
#define KONSENTO_MODELS_HOST_TAP_H

#include "protocol/bitcoin/bytes.h"

#include <stdint.h>

/* Told of each message as it leaves a node, before it is sealed. It looks and changes nothing: a run with it and one
 * without are the same. */
struct host_tap {
    void *self;
    void (*on_message)(void *self, uint32_t from, uint32_t to, struct btc_bytes message);
};

#endif
