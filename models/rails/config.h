/* config.h: the checked description of the payment rails of one world.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain data as in models/config.h.
 */
#ifndef KONSENTO_MODELS_RAILS_CONFIG_H
#define KONSENTO_MODELS_RAILS_CONFIG_H

#include "models/rails/lightning_config.h"
#include "models/rails/access_config.h"

#include <stddef.h>
#include <stdint.h>

#define CONFIG_RAILS_MAX      16
#define CONFIG_FRAUDS_MAX     8
#define CONFIG_MSAT_UNLIMITED INT64_MAX

enum rail_kind { RAIL_CLOUD, RAIL_ONCHAIN, RAIL_LIGHTNING, RAIL_NODE };

/* A payment that a real Lightning node outside of this program waits for. */
#define CONFIG_INVOICES_MAX 256
struct node_invoice {
    const char *payment_hash; /* 64 hexadecimal digits, small */
    int64_t amount_msat;
    uint32_t outlet; /* from 1 */
};
struct node_config {
    struct node_invoice invoices[CONFIG_INVOICES_MAX];
    size_t invoice_count;
};

/* Custodial account or card at a central provider. */
struct cloud_config {
    int64_t latency_us;                               /* median of one authorisation round trip */
    int64_t latency_sigma_ppm;                        /* sigma of ln latency; 0: constant, draws nothing */
    int64_t settlement_us;                            /* credited -> final */
    int64_t signup_us;  /* what a payer without an account needs to get one, before the first payment */
    int64_t member_ppm; /* share of payers who have one at time 0 */
    int64_t fee_ppm;                                  /* share of each payment, paid by the operator */
    int64_t fee_fixed_msat;                           /* per payment, paid by the operator */
    int64_t decline_ppm;                              /* share of payments refused by the provider */
    int64_t chargeback_ppm;                           /* share of credited payments taken back before they are final */
    uint32_t capacity_per_s;                          /* payments that it can take; 0: no limit */
    int64_t queue_us;                                 /* who would wait longer for his turn gets no answer */
    int64_t outage_every_us;                          /* mean time between outages (exponential); 0: none */
    int64_t outage_mean_us;                           /* mean duration (exponential) */
    struct outage_config outages[CONFIG_OUTAGES_MAX]; /* scheduled ones */
    size_t outage_count;
};

/* What feerate a wallet offers; never less than is relayed. */
enum feerate_kind {
    FEERATE_FIXED,
    FEERATE_ESTIMATOR, /* Bitcoin Core's: what was confirmed before; the mempool where it has no answer yet */
    FEERATE_POSITION   /* what the next blocks would take of the mempool */
};

struct feerate_config {
    enum feerate_kind kind;
    uint32_t target_blocks;   /* the estimators': confirmed within so many, >= 1 */
    int64_t rate_sat_per_kwu; /* FEERATE_FIXED */
};

/* How a payer tries to have energy for nothing. */
enum fraud_method {
    FRAUD_RACE,        /* a second transaction for the same coins at the same time, by other nodes */
    FRAUD_REPLACEMENT, /* a second one later, which pays more */
    FRAUD_STALL,       /* the same, and the payment offers miners little, so that later can be much later */
    FRAUD_FINNEY,      /* the second one is in a block that is kept back; needs a share of the hash rate */
    FRAUD_HASH,        /* the second one is in a branch mined in secret, published when it is the longer one */
    FRAUD_COUNT
};

struct fraud_config {
    enum fraud_method method;
    int64_t share_ppm; /* of all sessions; all kinds together at most 1,000,000 */
    int64_t delay_us; /* race: after the payment; replacement, stall: after power was granted; Finney: before release */
    uint32_t helpers; /* nodes that have the second transaction first, >= 1 */
    int64_t rate_sat_per_kwu; /* stall: of the payment; never less than is relayed */
    int64_t hash_ppm;         /* Finney, hash: chain_config.attacker_share_ppm is no less */
    uint32_t confirmations;   /* hash: of the payment, before the branch is published, >= 1 */
    uint32_t give_up_blocks;  /* hash: behind by so many after that, >= 1 */
};

enum onchain_delivery {
    ONCHAIN_DELIVERY_DIRECT, /* the phone hands the payment to the operator, whose node sends it on */
    ONCHAIN_DELIVERY_GOSSIP  /* the phone's wallet sends it into the network */
};
enum onchain_conflicts { ONCHAIN_CONFLICTS_HEEDED, ONCHAIN_CONFLICTS_IGNORED };
enum onchain_record { ONCHAIN_RECORD_NONE, ONCHAIN_RECORD_ALWAYS };
enum onchain_refund_fee { ONCHAIN_REFUND_FEE_PAYER, ONCHAIN_REFUND_FEE_OPERATOR };
enum onchain_bump { ONCHAIN_BUMP_OFF, ONCHAIN_BUMP_ON };

/* Payments in transactions on the public chain of world_config.chain. */
struct onchain_config {
    uint32_t confirmations;         /* a payment is credited at so many; 0: when the operator accepts it unconfirmed */
    uint32_t settled_confirmations; /* from here on it is no risk for the caps and the grace, >= 1 */
    uint32_t final_confirmations;   /* from here on it is the operator's; never less than the other two */
    enum onchain_delivery delivery;

    /* What is accepted unconfirmed; a payment that is not waits for demoted_confirmations (>= 1). */
    int64_t listen_us;          /* for conflicts, before a payment is accepted */
    uint32_t ancestors_max;     /* unconfirmed ones that it may have */
    uint32_t least_rate_target; /* it must offer what the estimator says for so many blocks; 0: any rate will do */
    uint32_t demoted_confirmations;
    int64_t cap_payer_msat, cap_outlet_msat, cap_building_msat; /* of unsettled credit; CONFIG_MSAT_UNLIMITED */
    enum onchain_conflicts conflicts; /* seen in time, or only when a block has the other transaction */

    /* How far delivery may run ahead of settled money: in value, and in time since the payment was seen. */
    int64_t grace_msat; /* CONFIG_MSAT_UNLIMITED: as far as credit goes */
    int64_t grace_us;   /* INT64_MAX: for ever */

    enum onchain_record record;
    enum onchain_refund_fee refund_fee;
    struct feerate_config operator_feerate; /* of refunds and records */
    int64_t float_sat;                      /* the operator's own coins at time 0 */

    /* Payers. */
    struct feerate_config payer_feerate;
    enum onchain_bump bump;
    uint32_t bump_after_blocks; /* that went without the payment, >= 1 */
    int64_t never_confirm_ppm;  /* share of honest payments that reach the operator and no miner */
    int64_t signal_ppm;         /* share of sessions whose payments signal BIP 125, if they are not to be bumped */
    uint32_t coins;             /* in each wallet at time 0, and bought when less than one is left; 1 .. 16 */
    int64_t coin_sat;           /* each */
    struct fraud_config frauds[CONFIG_FRAUDS_MAX];
    size_t fraud_count;

    /* All wallets: with more coins than this, the smallest are merged while that costs no more. 0: never */
    uint32_t merge_coins;
    int64_t merge_rate_sat_per_kwu;
};

struct rail_config {
    enum rail_kind kind;
    const char *name; /* unique among the rails of the scenario: the label in results */
    struct cloud_config cloud;
    struct onchain_config onchain;
    struct lightning_config lightning;
    struct node_config node;
};

#endif
