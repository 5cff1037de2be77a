/* hop.h: what a node makes of an HTLC whose onion is open: forward it, take it, or fail it and why.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     incoming HTLC + payload + what the outgoing channel asks for      ──► forward, or the failure to return
 *     incoming HTLC + payload + what the invoice asks for               ──► a part of its payment, or the failure
 *
 * When several things are wrong the first of BOLT 4's list is told. Failures bring no channel_update: BOLT 4 wants
 * nodes to leave them out. Source: BOLT 4, payload format (the reader), failure messages (requirements), multi-part
 * payments.
 */
#ifndef KONSENTO_LIGHTNING_HOP_H
#define KONSENTO_LIGHTNING_HOP_H

#include "protocol/lightning/failure.h"
#include "protocol/lightning/payload.h"

#define LN_HOP_EXPIRY_MAX_BLOCKS 2016 /* max_htlc_cltv */

/* The HTLC as it came, and the height at which it did. */
struct ln_hop_htlc {
    uint64_t amount_msat;
    uint32_t cltv_expiry_height;
    uint32_t height;
    bool has_path_key; /* update_add_htlc brought one */
    uint8_t payment_hash[32];
};

/* What an outgoing channel asks for: its channel_update, and our own caution. */
struct ln_hop_terms {
    uint64_t htlc_minimum_msat;
    uint64_t htlc_maximum_msat;
    uint32_t fee_base_msat;
    uint32_t fee_proportional_ppm;
    uint16_t cltv_expiry_delta_blocks;
    uint16_t margin_blocks; /* an outgoing HTLC must expire more than so many blocks from now */
    bool disabled;
};

/* What a payee asks for. */
struct ln_hop_request {
    uint64_t amount_msat; /* 0: any */
    uint32_t min_final_cltv_blocks;
    const uint8_t *payment_secret; /* 32 bytes; NULL: none is asked for (keysend) */
    struct btc_bytes metadata;     /* that the invoice gave; empty: none */
    bool several_parts;            /* basic_mpp is offered */
};

/* Whether to forward. In: payload, decoded for LN_PAYLOAD_FORWARD. Out: failure, when the answer is false. */
__attribute__((warn_unused_result)) bool ln_hop_may_forward(struct ln_failure *failure,
                                                            const struct ln_payload *payload,
                                                            const struct ln_hop_htlc *htlc,
                                                            const struct ln_hop_terms *terms);

/* Whether to take an HTLC as a part of a payment of payload->total_msat. In: payload, decoded for LN_PAYLOAD_FINAL;
 * request, NULL when nobody has asked for the payment hash. Out: failure, when the answer is false. */
__attribute__((warn_unused_result)) bool ln_hop_may_take(struct ln_failure *failure, const struct ln_payload *payload,
                                                         const struct ln_hop_htlc *htlc,
                                                         const struct ln_hop_request *request);

/* Whether the payload pays without being asked (bLIP 3): it brings the preimage of the payment hash. */
bool ln_hop_is_keysend(const struct ln_payload *payload, const struct ln_hop_htlc *htlc);

/* The failure for a payload that cannot be used. In: fault, as ln_payload_decode gave it. */
struct ln_failure ln_hop_bad_payload(const struct ln_fault *fault);

#endif
