/* adversary.h: nodes that cheat with what they have revoked, or jam channels.   [model]
 * [model] SPDX-License-Identifier: GPL-3.0-or-later
 *
 * By unchanged software and real bytes: who is attacked sees what a real node would see. Nodes that go, or stall, are
 * in host.h: these need no ill will.
 */
#ifndef KONSENTO_MODELS_HOST_ADVERSARY_H
#define KONSENTO_MODELS_HOST_ADVERSARY_H

#include "models/host/host.h"

/* ---- who cheats (cheat.c) ---- */

/* Backs up all that is safe of what it has written, in place of an older backup. Returns false when memory is out.
 * Limits: it is up, or was; its config keeps records. */
__attribute__((warn_unused_result)) bool host_back_up(struct host *host, uint32_t node);
/* At that time, or with the first block of that height, it goes back to its backup and gives up all channels that it
 * had then: commitments that it has revoked since go to the chain, and all that they promise it is claimed as if they
 * were its last. It does not answer its peers until their funding outputs are spent. To listeners it loses power and
 * has it back at once: what it had done since the backup it has forgotten. If it has no power then, it waits until it
 * has. Limits: host_back_up was called. */
void host_cheat(struct host *host, uint32_t node, int64_t at_us);
void host_cheat_at_height(struct host *host, uint32_t node, uint32_t height);

/* ---- who jams (jam.c) ---- */

struct host_jam {
    uint64_t channel;         /* of the jammer, with the payee or with the node of one of the invoice's hints */
    struct btc_bytes invoice; /* text; of the victim, for more than all parts together */
    uint32_t parts;
    uint64_t part_msat;
};
/* Sends parts of a payment that never becomes whole. The payee must wait for the rest (BOLT 4: at least a minute), and
 * until then they fill places and liquidity of all channels on the way; nobody is paid for that. Their ends are told as
 * LN_NODE_OFFER_FAILED. Returns how many have left: none if the invoice is of no use, fewer if the channel is full. */
uint32_t host_jam(struct host *host, uint32_t node, const struct host_jam *jam);

#endif
