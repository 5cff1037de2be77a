/* onchain_parts.h: struct onchain, for the files that make up the rail; each has a header of its own.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   onchain_rail       the table, opening, audit
 *     +-- news           what the chain says
 *           +-- fraud      what bad payers do
 *           +-- wait       payments that wait for a block
 *                 +-- transfer   one payment from asked to its end
 *                       +-- account    sessions: limits, refunds, the end
 *           +-- upkeep     wallets that merge their coins
 *           +-- final      payments that do not stay final
 *                 +-- books      whose a transaction is, who is told; below all
 *
 * Calls go down this list. What a bad payer is up to is written into his account when it is opened, so that the files
 * below fraud need not ask.
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_PARTS_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_PARTS_H

#include "models/rails/acceptance.h"
#include "models/rails/feerate.h"
#include "models/rails/onchain.h"
#include "models/rails/purse.h"
#include "models/slab.h"

#define ONCHAIN_HONEST    FRAUD_COUNT
#define ACCOUNT_NO_STRIKE (-1)

enum transfer_state {
    TRANSFER_NONE = 0, /* a free number */
    TRANSFER_ASKED,    /* no transaction yet */
    TRANSFER_SENT,
    TRANSFER_CREDITED,
    TRANSFER_FINAL,
    TRANSFER_REVERSED,
    TRANSFER_FAILED
};

/* One payment. */
struct transfer {
    enum transfer_state state;
    uint32_t session, number;
    uint32_t older; /* of the same session, SLAB_NONE: none */
    int64_t amount_msat, refunded_msat;
    int64_t balance_msat;        /* part of amount that comes from the payer's balance */
    int64_t value_sat;           /* of the output; 0: the balance pays all */
    int64_t fee_msat, weight_wu; /* booked */
    int64_t asked_us, seen_us;
    uint32_t tx;     /* version at hand; CHAIN_NONE: not sent */
    uint32_t newest; /* version, from which the others are found */
    uint32_t rival;  /* that spends the same; CHAIN_NONE */
    uint32_t depth;
    uint32_t need_confirmations;
    uint32_t sent_height;
    enum rail_cause cause; /* ASKED: why it fails */
    bool is_conflicted;    /* a rival was seen, by an operator who looks */
    bool is_gone;          /* neither in the mempool nor in a block */
    bool is_late;          /* waits for a block longer than the operator bears */
    bool was_confirmed;
    bool is_lame; /* reaches no miner */
    struct sim_handle listen, grace, strike;
};

/* Refund and record of a session in one transaction. */
struct settlement {
    uint32_t tx;       /* CHAIN_NONE: none */
    bool is_waiting;   /* for coins, or to be sent again */
    int64_t owed_msat; /* taken for it from what the payer is owed */
    int64_t value_sat; /* to the payer */
    int64_t fee_payer_msat, fee_payee_msat;
};

/* One open session, indexed by its number. */
struct account {
    bool is_open, is_closing;
    uint32_t newest;               /* transfer */
    uint32_t payer, payee, outlet; /* payee as in struct rail_opening */
    uint32_t busy_count;           /* transfers without an end, the settlement, the closing itself */
    uint64_t key;
    enum fraud_method fraud; /* ONCHAIN_HONEST: none */
    uint32_t fraud_index;
    enum rail_cause fraud_cause; /* of a payment that another transaction takes back */
    int64_t strike_after_us;     /* power was granted; ACCOUNT_NO_STRIKE */
    int64_t offer_sat_per_kwu;   /* 0: as the payers' policy */
    bool is_attack_told;
    bool signals;
    int64_t limit_msat;   /* told last */
    int64_t payable_msat; /* refunds of final payments, not yet under way */
    bool has_refund, has_record;
    int64_t energy_uj, cost_msat;
    struct settlement settlement;
    int64_t fee_told_msat, weight_told_wu; /* with CLOSED */
};

/* Whose a transaction of the chain is. */
enum owner_role {
    OWNER_NOBODY = 0,
    OWNER_TRANSFER,
    OWNER_RIVAL,
    OWNER_SETTLEMENT,
    OWNER_STRAY, /* of a payment that ended without money */
    OWNER_FINAL, /* of a payment that is final */
    OWNER_UPKEEP
};
struct owner {
    enum owner_role role;
    uint32_t index; /* transfer; session; STRAY: payer; final payment; UPKEEP: payer, payer_count: the operator */
    bool has_older; /* TRANSFER, STRAY: version before it */
    uint32_t older;
    int64_t value_sat; /* STRAY */
};

/* A payment that is final, for the case that it does not stay so. */
struct final {
    uint32_t tx;    /* version that a block had last */
    uint32_t rival; /* CHAIN_NONE */
    uint32_t payer, payee;
    enum rail_cause cause; /* if another transaction takes it back */
    int64_t value_msat, fee_msat, weight_wu;
    bool is_shaken, is_undone;
};

struct payer {
    struct purse purse;
    int64_t balance_msat; /* owed by the operator, free to use */
    uint32_t top_up;      /* faucet's transaction, CHAIN_NONE */
    uint32_t merging;     /* own coins put together, CHAIN_NONE */
};

struct onchain {
    struct trouble *trouble;
    struct sim *sim;
    const struct onchain_config *config;
    const struct chain_config *chain_config;
    struct chain *chain;
    struct ledger *ledger;
    struct rail_listener listener;
    struct purse_room room;
    struct feerates feerates;
    struct purse operator;
    uint32_t merging; /* the operator's */
    struct payer *payers;
    uint32_t payer_count;
    struct slab transfers;
    struct account *accounts;
    size_t account_count;
    struct owner *owners; /* by number of the chain's transaction */
    size_t owner_count;
    struct final *finals;
    uint32_t final_count, final_capacity, shaken_count;
    int64_t exposure_msat;
    uint32_t best_height;   /* for which the estimator was fed */
    uint32_t waiting_count; /* settlements */
    uint32_t secret;        /* transfer that waits for the attacker's block, SLAB_NONE */
    struct btc_arena held;  /* its transaction */
    struct btc_tx held_tx;
    uint16_t answer_kind, listen_kind, grace_kind, strike_kind, close_kind;
};

static inline struct transfer *transfer_at(const struct onchain *onchain, uint32_t index)
{
    return slab_at(&onchain->transfers, index);
}

static inline int64_t transfer_left_msat(const struct transfer *transfer)
{
    return transfer->amount_msat - transfer->refunded_msat;
}

/* Of what was asked, what comes in a transaction. */
static inline int64_t transfer_sent_msat(const struct transfer *transfer)
{
    return transfer->amount_msat - transfer->balance_msat;
}

/* Where money for a payee arrives. */
static inline struct purse *onchain_payee(struct onchain *onchain, uint32_t payee)
{
    return payee == RAIL_OPERATOR ? &onchain->operator: & onchain->payers[payee - 1].purse;
}

static inline struct payer *payer_of(const struct onchain *onchain, uint32_t session)
{
    return &onchain->payers[onchain->accounts[session].payer];
}

#endif
