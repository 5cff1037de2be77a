/* pool.h: the HTLCs of channels, in memory that the caller lends and channels share.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A channel that is idle holds none. A record keeps what must be sent again or handed on: first the onion, later what
 * came back. Channels name records by number, so pools and channels can be copied as bytes.
 */
#ifndef KONSENTO_LIGHTNING_POOL_H
#define KONSENTO_LIGHTNING_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LN_RECORD_NONE UINT32_MAX
/* An onion, or attribution data (920 bytes) and a failure (1060 bytes as BOLT 4 recommends). */
#define LN_BLOB_BYTES 2048

enum ln_outcome {
    LN_OUTCOME_NONE,
    LN_OUTCOME_FULFILLED,
    LN_OUTCOME_FAILED,
    LN_OUTCOME_MALFORMED,
};

enum ln_record_flag {
    LN_RECORD_PATH_KEY = 1,    /* the add had one */
    LN_RECORD_ATTRIBUTION = 2, /* the blob begins with attribution data */
    LN_RECORD_EXPOSED = 4,     /* more dust than we want at risk: to be failed */
};

struct ln_slot {
    uint64_t id;
    uint64_t amount_msat;
    uint32_t cltv_expiry_height;
    uint32_t next;   /* in the list of its channel, or of the free ones */
    uint8_t state;   /* htlc_state.h */
    uint8_t outcome; /* enum ln_outcome, meaningful from LN_REMOVE on */
    uint8_t flags;   /* enum ln_record_flag */
    uint16_t failure_code;
    uint16_t blob_length;
    uint8_t payment_hash[32];
    uint8_t answer[32];    /* preimage, or for a malformed one SHA-256 of the onion */
    uint8_t signature[64]; /* the peer's, for the second stage on our commitment */
    uint8_t path_key[33];
    uint8_t blob[LN_BLOB_BYTES];
};

struct ln_pool {
    struct ln_slot *records;
    uint32_t capacity;
    uint32_t used;
    uint32_t free;
};

/* Owns: the caller keeps records. Limits: a channel takes up to twice the sum of both sides' max_accepted_htlcs. */
void ln_pool_init(struct ln_pool *pool, struct ln_slot *records, uint32_t capacity);
/* Returns the number of a record, zeroed but for its blob, LN_RECORD_NONE when all are taken. */
uint32_t ln_pool_take(struct ln_pool *pool);
void ln_pool_give(struct ln_pool *pool, uint32_t record);

#endif
