/* message_type.h: the numbers of messages, and the bits of the records that may extend them.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_MESSAGE_TYPE_H
#define KONSENTO_LIGHTNING_MESSAGE_TYPE_H

enum ln_message_type {
    LN_WARNING = 1,
    LN_INIT = 16,
    LN_ERROR = 17,
    LN_PING = 18,
    LN_PONG = 19,
    LN_OPEN_CHANNEL = 32,
    LN_ACCEPT_CHANNEL = 33,
    LN_FUNDING_CREATED = 34,
    LN_FUNDING_SIGNED = 35,
    LN_CHANNEL_READY = 36,
    LN_SHUTDOWN = 38,
    LN_CLOSING_SIGNED = 39,
    LN_UPDATE_ADD_HTLC = 128,
    LN_UPDATE_FULFILL_HTLC = 130,
    LN_UPDATE_FAIL_HTLC = 131,
    LN_COMMITMENT_SIGNED = 132,
    LN_REVOKE_AND_ACK = 133,
    LN_UPDATE_FEE = 134,
    LN_UPDATE_FAIL_MALFORMED_HTLC = 135,
    LN_CHANNEL_REESTABLISH = 136,
    LN_CHANNEL_ANNOUNCEMENT = 256,
    LN_NODE_ANNOUNCEMENT = 257,
    LN_CHANNEL_UPDATE = 258,
    LN_ANNOUNCEMENT_SIGNATURES = 259,
    LN_QUERY_SHORT_CHANNEL_IDS = 261,
    LN_REPLY_SHORT_CHANNEL_IDS_END = 262,
    LN_QUERY_CHANNEL_RANGE = 263,
    LN_REPLY_CHANNEL_RANGE = 264,
    LN_GOSSIP_TIMESTAMP_FILTER = 265,
};

/* Bits of tlvs.present, per message. */
enum ln_present {
    LN_HAS_NETWORKS = 1,        /* init */
    LN_HAS_REMOTE_ADDR = 2,     /* init */
    LN_HAS_SHUTDOWN_SCRIPT = 1, /* open_channel, accept_channel */
    LN_HAS_CHANNEL_TYPE = 2,    /* open_channel, accept_channel */
    LN_HAS_ALIAS = 1,           /* channel_ready */
    LN_HAS_FEE_RANGE = 1,       /* closing_signed */
    LN_HAS_PATH_KEY = 1,        /* update_add_htlc */
    LN_HAS_ATTRIBUTION = 1,     /* update_fulfill_htlc, update_fail_htlc */
    LN_HAS_FUNDING_TXID = 1,    /* commitment_signed */
    LN_HAS_NEXT_FUNDING = 1,    /* channel_reestablish */
    LN_HAS_FUNDING_LOCKED = 2,  /* channel_reestablish */
    LN_HAS_QUERY_FLAGS = 1,     /* query_short_channel_ids */
    LN_HAS_QUERY_OPTION = 1,    /* query_channel_range */
    LN_HAS_TIMESTAMPS = 1,      /* reply_channel_range */
    LN_HAS_CHECKSUMS = 2,       /* reply_channel_range */
};

#endif
