/* header.h: block headers: 80 bytes, their hash, the target it must not exceed, median time.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     version 4 | hash of the block before 32 | merkle root 32 | time 4 | bits 4 | nonce 4        little-endian
 *
 * Block hashes are kept as hashed; people read them in reverse (btc_txid_reverse), as the number that is compared with
 * the target. "bits" is the target as a floating number: one byte of exponent to the base 256, three of mantissa.
 *
 * Source: Bitcoin consensus; BIP 113 (median time past).
 */
#ifndef KONSENTO_BITCOIN_HEADER_H
#define KONSENTO_BITCOIN_HEADER_H

#include "protocol/bitcoin/bytes.h"

#define BTC_HEADER_BYTES     80
#define BTC_REGTEST_BITS     0x207fffffu /* every second hash will do */
#define BTC_MAINNET_MAX_BITS 0x1d00ffffu /* difficulty 1 */
#define BTC_MEDIAN_TIME_SPAN 11

struct btc_header {
    uint32_t version;
    uint8_t previous[32];
    uint8_t merkle_root[32];
    uint32_t time; /* Unix seconds, as its miner claims */
    uint32_t bits;
    uint32_t nonce;
};

void btc_header_read(struct btc_header *header, const uint8_t bytes[BTC_HEADER_BYTES]);
void btc_header_write(uint8_t bytes[BTC_HEADER_BYTES], const struct btc_header *header);
void btc_header_hash(uint8_t hash[32], const struct btc_header *header);

/* Out: the target as a little-endian number, as hashes are. Returns false if bits is negative, zero, or too large. */
__attribute__((warn_unused_result)) bool btc_target_from_bits(uint8_t target[32], uint32_t bits);

/* True if the hash is not above the target that bits stands for. */
bool btc_hash_meets_bits(const uint8_t hash[32], uint32_t bits);

/* Looks for a nonce, from header->nonce upwards. Returns true with the nonce set; false after attempts without one, and
 * header->nonce is then the next to try. */
__attribute__((warn_unused_result)) bool btc_header_grind(struct btc_header *header, uint32_t attempts);

/* The times of the newest blocks, oldest first. */
struct btc_recent_times {
    uint32_t count; /* 0 .. BTC_MEDIAN_TIME_SPAN */
    uint32_t times[BTC_MEDIAN_TIME_SPAN];
};

/* Puts a time behind the others. Returns the one that falls out, 0 if there was room. */
uint32_t btc_recent_times_push(struct btc_recent_times *recent, uint32_t time);

/* Takes the newest time off and puts the oldest back in front: the inverse of push.
 * In: what push returned; count before push. */
void btc_recent_times_pop(struct btc_recent_times *recent, uint32_t oldest, uint32_t count);

/* Median time past: the middle of the times, the later one if they are even in number; 0 if there are none. */
uint32_t btc_median_time(const struct btc_recent_times *recent);

#endif
