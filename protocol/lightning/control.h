/* control.h: the messages that open and keep a connection: init, ping, pong, error, warning.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Source: BOLT 1, setup messages, control messages; BOLT 9, requirements.
 */
#ifndef KONSENTO_LIGHTNING_CONTROL_H
#define KONSENTO_LIGHTNING_CONTROL_H

#include "protocol/lightning/features.h"
#include "protocol/lightning/message.h"

#define LN_PONG_BYTES_MAX 65531 /* more than this in num_pong_bytes asks for no pong */

enum ln_init_result {
    LN_INIT_OK,
    LN_INIT_FEATURE,    /* requires what we do not know: close */
    LN_INIT_DEPENDENCY, /* a feature without one that it depends on: close */
    LN_INIT_CHAIN,      /* its networks are not ours: we may close */
};

/* What init says of us. In: ours, of which those are shown that belong into init; networks, chain hashes of 32 bytes
 * each, or none. Out: message, whose views point into networks and into memory, LN_FEATURE_BITS / 8 bytes. */
void ln_init_make(struct ln_message *message, uint8_t *memory, const struct ln_features *ours,
                  struct btc_bytes networks);
/* Judges a peer's init. Out: theirs, both of its bit fields in one; bit, which may be NULL, the offending feature. In:
 * chain_hash, of the chain that we are on. */
__attribute__((warn_unused_result)) enum ln_init_result ln_init_check(struct ln_features *theirs, unsigned *bit,
                                                                      const struct ln_init *init,
                                                                      const struct ln_features *known,
                                                                      const uint8_t chain_hash[32]);
const char *ln_init_text(enum ln_init_result result);

/* Writes the pong that a ping asks for, all zeros. Out: length, 0 if it asks for none. Returns LN_WIRE_SPACE if
 * capacity does not suffice. */
__attribute__((warn_unused_result)) enum ln_wire ln_pong_encode(uint8_t *bytes, size_t capacity, size_t *length,
                                                                const struct ln_ping *ping);
/* Whether a pong is what a ping asked for. */
bool ln_pong_answers(const struct ln_pong *pong, uint16_t num_pong_bytes);

/* Whether an error or warning is about a channel: it names it, or all. */
bool ln_complaint_concerns(const struct ln_complaint *complaint, const uint8_t channel_id[32]);
/* What it says, safe to print: bytes other than printable ASCII become '?'. Out: text with its end, cut to capacity,
 * at least 1. Returns its length. */
size_t ln_complaint_text(char *text, size_t capacity, const struct ln_complaint *complaint);

#endif
