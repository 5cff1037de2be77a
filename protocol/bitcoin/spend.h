/* spend.h: what a script is judged by: the input, the output it spends, who judges signatures, and memory.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A signature is judged by real ECDSA unless the caller puts something else in its place: a cache of signatures already
 * seen, or keyed hashes in a simulation that has no use for curves.
 */
#ifndef KONSENTO_BITCOIN_SPEND_H
#define KONSENTO_BITCOIN_SPEND_H

#include "protocol/bitcoin/curve.h"
#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/sighash.h"

/* One signature to judge. */
struct btc_signature_check {
    const struct btc_curve *curve;
    const uint8_t *hash;         /* 32 bytes: what should be signed */
    struct btc_bytes signature;  /* as in the script, without its hash type byte: DER, perhaps lax; may be empty */
    struct btc_bytes public_key; /* as in the script: 33 or 65 bytes, perhaps no key */
};

/* Returns true if the signature is good. Must depend on nothing but the context and the check. */
typedef bool btc_signature_judge(void *context, const struct btc_signature_check *check);

/* The input to judge. */
struct btc_spend {
    const struct btc_curve *curve;
    const struct btc_tx *tx;
    uint32_t input;                        /* < tx->input_count */
    const struct btc_output *spent;        /* the output that the input names */
    const struct btc_sighash_cache *cache; /* of tx; NULL: BIP 143's hashes are taken as needed */
    btc_signature_judge *judge;            /* NULL: real ECDSA */
    void *judge_context;
};

/* An operation makes at most one element of its own, and two scripts in a row run at most 2 * 201 operations. A
 * multisig takes 43 elements, so a witness of more than BTC_MAX_STACK + 44 can be told apart by its upper end alone. */
#define BTC_SPACE_ELEMENTS (BTC_MAX_STACK + 48)
#define BTC_SPACE_RESULTS  (2 * BTC_MAX_SCRIPT_OPS)

/* Memory for one evaluation at a time. */
struct btc_script_space {
    struct btc_bytes elements[BTC_SPACE_ELEMENTS]; /* the stack from the bottom, the alternative stack from the top */
    uint8_t results[BTC_SPACE_RESULTS][32];        /* hashes and numbers that operations made */
    uint8_t script_code[BTC_MAX_SCRIPT_BYTES];     /* script code after signatures were deleted from it */
    uint8_t implied[BTC_P2PKH_BYTES];              /* P2WPKH's script */
};

#endif
