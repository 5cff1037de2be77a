/* policy.h: what nodes relay and keep: narrower than consensus, and different from year to year.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Sizes here are virtual bytes: a quarter of the weight, rounded up; a transaction with many signature operations
 * counts as 20 bytes for each. Rates are satoshi per 1000 weight units: 250 is 1 sat/vB.
 *
 * Source: Bitcoin Core 26's policy; BIP 125.
 */
#ifndef KONSENTO_BITCOIN_POLICY_H
#define KONSENTO_BITCOIN_POLICY_H

#include "protocol/bitcoin/inputs.h"

enum btc_replacement {
    BTC_REPLACE_NEVER = 0, /* first seen stays */
    BTC_REPLACE_SIGNALLED, /* BIP 125: by its own sequence, or an unconfirmed ancestor's */
    BTC_REPLACE_ANY        /* "full RBF": rules 2 to 5 alone */
};

enum btc_standardness {
    BTC_STANDARD_REQUIRED = 0,
    BTC_STANDARD_IGNORED /* any valid transaction, as regtest nodes can be told to */
};

struct btc_policy {
    enum btc_standardness standardness;
    enum btc_replacement replacement;
    uint32_t min_relay_sat_per_kwu;
    uint32_t incremental_sat_per_kwu; /* a replacement pays this for its own size on top */
    uint32_t max_records;             /* OP_RETURN outputs of a transaction */
    uint32_t max_record_bytes;        /* of their scripts together */
    uint32_t dust_sat_per_kwu;        /* rate at which spending an output must be worth while */
    uint32_t max_ancestors;           /* with the transaction itself */
    uint32_t max_ancestor_vbytes;
    uint32_t max_descendants;
    uint32_t max_descendant_vbytes;
    uint32_t max_replaced; /* BIP 125 rule 5 */
    uint64_t max_vbytes;   /* of the pool. Core limits its memory to 300 MB, which holds 90 to 110 million vbytes */
    uint32_t expiry_s;
    uint32_t min_fee_half_life_s; /* of the rate that an eviction leaves behind */
};

/* Which rule most nodes and miners followed. */
enum btc_policy_era {
    BTC_POLICY_FIRST_SEEN = 0, /* no replacement at all: before 2016, and Bitcoin Cash */
    BTC_POLICY_2018,           /* BIP 125, 1 sat/vB */
    BTC_POLICY_2024,           /* full RBF, 1 sat/vB */
    BTC_POLICY_2025,           /* full RBF, 0.1 sat/vB, OP_RETURN outputs of any number and size */
    BTC_POLICY_ERA_COUNT
};

const struct btc_policy *btc_policy_of_era(enum btc_policy_era era);

enum btc_standard_error {
    BTC_STANDARD_OK = 0,
    BTC_STANDARD_VERSION,         /* version: neither 1 nor 2 */
    BTC_STANDARD_TX_SIZE,         /* tx-size: more than 400,000 weight units */
    BTC_STANDARD_TX_SIZE_SMALL,   /* tx-size-small: below 65 bytes without witness */
    BTC_STANDARD_SCRIPTSIG_SIZE,  /* scriptsig-size: above 1,650 bytes */
    BTC_STANDARD_SCRIPTSIG_PUSH,  /* scriptsig-not-pushonly */
    BTC_STANDARD_SCRIPTPUBKEY,    /* scriptpubkey: an output of no standard form */
    BTC_STANDARD_DUST,            /* dust */
    BTC_STANDARD_MULTI_OP_RETURN, /* multi-op-return */
    BTC_STANDARD_DATACARRIER,     /* datacarrier: OP_RETURN scripts too long together, where there may be several */
    BTC_STANDARD_INPUTS,          /* bad-txns-nonstandard-inputs */
    BTC_STANDARD_WITNESS          /* bad-witness-nonstandard */
};

const char *btc_standard_error_name(enum btc_standard_error error);

/* What can be said without the coins. */
__attribute__((warn_unused_result)) enum btc_standard_error btc_standard_check(const struct btc_tx *tx,
                                                                               const struct btc_policy *policy);

/* What the coins add: forms of the spent scripts, size of witnesses. */
__attribute__((warn_unused_result)) enum btc_standard_error btc_standard_check_inputs(const struct btc_inputs *inputs);

/* Least value of an output that is not dust; 0 if it cannot be spent anyway. */
int64_t btc_dust_limit_sat(const struct btc_output *output, uint32_t dust_sat_per_kwu);

/* BIP 125: does it say for itself that it may be replaced? */
bool btc_tx_signals_replacement(const struct btc_tx *tx);

/* Virtual bytes for policy. */
uint32_t btc_policy_vsize(uint32_t weight_wu, uint32_t sigop_cost);

/* Fee for so many virtual bytes, rounded up. */
int64_t btc_policy_fee_sat(uint64_t vbytes, uint32_t rate_sat_per_kwu);

#endif
