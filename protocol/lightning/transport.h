/* transport.h: the encrypted link between two nodes: Noise_XK handshake, then messages.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     initiator                          responder
 *        act one    50 bytes   ------------>
 *        <------------   50 bytes    act two
 *        act three  66 bytes   ------------>          who the initiator is is known only now
 *        length + tag (18) | message + tag    both ways, each with its own key, changed every 1000 uses
 *
 * No sockets: bytes that came go in, however they were cut; bytes to send come out. Feeding byte by byte gives the same
 * as feeding all at once. After a failure the link is dead and says so for ever. The caller's buffer bounds the longest
 * message received. Source: BOLT 8.
 */
#ifndef KONSENTO_LIGHTNING_TRANSPORT_H
#define KONSENTO_LIGHTNING_TRANSPORT_H

#include "protocol/bitcoin/curve.h"

#define LN_TRANSPORT_MESSAGE_MAX  65535
#define LN_TRANSPORT_OVERHEAD     34                              /* per message, sent */
#define LN_TRANSPORT_BUFFER_BYTES (LN_TRANSPORT_MESSAGE_MAX + 16) /* for messages of any length */
#define LN_TRANSPORT_ACT_MAX      66

enum ln_transport_result {
    LN_TRANSPORT_MORE,    /* all was taken; nothing to report */
    LN_TRANSPORT_SEND,    /* send transport->act, act_length bytes; then feed on */
    LN_TRANSPORT_READY,   /* responder: the handshake is over and transport->remote_static known */
    LN_TRANSPORT_MESSAGE, /* transport->message holds one, until the next call */
    /* What follows ends the link. */
    LN_TRANSPORT_ACT_BAD_VERSION,
    LN_TRANSPORT_ACT_BAD_KEY, /* a public key that is no point */
    LN_TRANSPORT_ACT_BAD_TAG,
    LN_TRANSPORT_ACT_BAD_CIPHERTEXT, /* act three: the encrypted static key was tampered with */
    LN_TRANSPORT_BAD_LENGTH,         /* tag of a length prefix does not match */
    LN_TRANSPORT_BAD_MESSAGE,        /* tag of a message does not match */
    LN_TRANSPORT_TOO_LONG,           /* a message that the buffer cannot hold */
    LN_TRANSPORT_CLOSED,             /* by ln_transport_close, between messages */
    LN_TRANSPORT_CUT,                /* closed in the middle of an act or a message */
};

enum ln_transport_state {
    LN_TRANSPORT_ACT_ONE,   /* responder waits for it */
    LN_TRANSPORT_ACT_TWO,   /* initiator waits for it */
    LN_TRANSPORT_ACT_THREE, /* responder waits for it */
    LN_TRANSPORT_LENGTH,    /* established, between messages */
    LN_TRANSPORT_BODY,      /* established, in a message */
    LN_TRANSPORT_DEAD,
};

/* One direction of an established link. */
struct ln_transport_key {
    uint8_t key[32];
    uint8_t chaining_key[32];
    uint64_t nonce;
};

struct ln_transport {
    enum ln_transport_state state;
    enum ln_transport_result ended; /* why it is dead */
    const struct btc_curve *curve;
    uint8_t *buffer; /* the caller's */
    size_t capacity;
    size_t have; /* bytes in buffer */
    size_t need; /* bytes until something happens */
    struct ln_transport_key sending;
    struct ln_transport_key receiving;
    struct btc_bytes message;
    uint8_t act[LN_TRANSPORT_ACT_MAX];
    uint8_t act_length;
    uint8_t hash[32]; /* of the handshake so far */
    uint8_t chaining_key[32];
    uint8_t temporary_key[32];
    uint8_t static_secret[32];
    uint8_t ephemeral_secret[32];
    struct btc_pubkey remote_ephemeral;
    uint8_t remote_static[33];
};

/* What a link is opened with. */
struct ln_transport_setup {
    const struct btc_curve *curve;
    uint8_t *buffer; /* LN_TRANSPORT_BUFFER_BYTES, or less to refuse long messages; LN_TRANSPORT_ACT_MAX at least */
    size_t capacity;
    const uint8_t *static_secret;    /* 32 bytes: our node's */
    const uint8_t *ephemeral_secret; /* 32 bytes, fresh for each link */
};

/* Out: transport->act to send. In: remote_static, the node to reach. Returns LN_TRANSPORT_SEND, or
 * LN_TRANSPORT_ACT_BAD_KEY if a key is bad. Owns: the caller keeps curve and buffer while the link lives. */
BTC_CURVE_MUST_USE enum ln_transport_result ln_transport_initiate(struct ln_transport *transport,
                                                                  const struct ln_transport_setup *setup,
                                                                  const uint8_t remote_static[33]);
/* Returns LN_TRANSPORT_MORE, or LN_TRANSPORT_ACT_BAD_KEY if a secret is bad. */
BTC_CURVE_MUST_USE enum ln_transport_result ln_transport_respond(struct ln_transport *transport,
                                                                 const struct ln_transport_setup *setup);

/* Takes bytes that came, up to the next thing to report. Out: used, how many it took: call again with the rest. */
BTC_CURVE_MUST_USE enum ln_transport_result ln_transport_receive(struct ln_transport *transport, size_t *used,
                                                                 const uint8_t *bytes, size_t length);
/* The other side closed. Returns LN_TRANSPORT_CUT in the middle of something, LN_TRANSPORT_MORE between messages, or
 * the reason for which the link was dead already. */
enum ln_transport_result ln_transport_close(struct ln_transport *transport);

/* Whether messages can be sent. */
bool ln_transport_established(const struct ln_transport *transport);
/* Encrypts one message. In: an established transport, length at most LN_TRANSPORT_MESSAGE_MAX (asserts).
 * Out: out, message.length + LN_TRANSPORT_OVERHEAD bytes. */
void ln_transport_send(struct ln_transport *transport, uint8_t *out, struct btc_bytes message);

const char *ln_transport_text(enum ln_transport_result result);

#endif
