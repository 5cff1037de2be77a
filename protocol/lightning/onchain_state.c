/* onchain_state.c: a channel on the chain: its memory.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_state.h"

#include <string.h>

void ln_onchain_place(struct ln_onchain *onchain, void *memory, uint32_t htlcs)
{
    uint8_t *at = memory;
    memset(onchain, 0, sizeof *onchain);
    memset(memory, 0, LN_ONCHAIN_BYTES(htlcs));
    onchain->htlc_capacity = htlcs;
    onchain->out_capacity = (uint32_t)LN_ONCHAIN_OUTS(htlcs);
    onchain->htlcs = (struct ln_onchain_htlc *)(void *)at;
    at += 2 * (size_t)htlcs * sizeof *onchain->htlcs;
    onchain->outs = (struct ln_out *)(void *)at;
    at += (size_t)onchain->out_capacity * sizeof *onchain->outs;
    onchain->claims = (struct ln_claim *)(void *)at;
}
