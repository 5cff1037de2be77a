/* court_channel.h: brings before the court what an end of a channel could broadcast, and what it does.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_COURT_CHANNEL_H
#define KONSENTO_TESTS_LIGHTNING_COURT_CHANNEL_H

#include "protocol/lightning/channel_view.h"
#include "tests/lightning/court.h"

/* Out: preimage of a payment hash. */
typedef void court_preimage(void *context, uint8_t preimage[32], const struct ln_htlc *htlc);

struct court_case {
    struct court *court;
    const struct ln_workshop *shop;
    court_preimage *preimage;
    void *context;
    uint8_t *last_txid;   /* 32 bytes, may be NULL. Out: of the commitment, known or not */
    bool only_commitment; /* without its second stages */
};

/* The newest commitment of an end and its second stages, unless they are known. Returns how many transactions. */
unsigned court_judge_end(const struct court_case *what, struct ln_channel *channel);
/* The same; flips every bit, whatever is known. Returns how many. */
unsigned court_flip_end(const struct court_case *what, struct ln_channel *channel);
/* A transaction that spends the funding output. */
void court_judge_bytes(struct court *court, const struct ln_channel *channel, struct btc_bytes bytes);

#endif
