/* digest.c: the seal of a run's fingerprint.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/digest.h"

#include <nettle/sha2.h>

static void update_u64(struct sha256_ctx *hash, uint64_t value)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    sha256_update(hash, sizeof bytes, bytes);
}

void digest_seal(uint8_t digest[32], uint64_t chain, uint64_t count, int64_t time_us)
{
    struct sha256_ctx hash;
    sha256_init(&hash);
    update_u64(&hash, chain);
    update_u64(&hash, count);
    update_u64(&hash, (uint64_t)time_us);
    sha256_digest(&hash, SHA256_DIGEST_SIZE, digest);
}
