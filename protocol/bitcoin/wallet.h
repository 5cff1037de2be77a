/* wallet.h: a simple wallet: one seed, P2WPKH keys, coins, payments.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     m/84'/coin'/account' ─┬─ 0: receiving keys, one for each new script
 *                           └─ 1: change keys, the next one when the last was paid to
 *
 * The wallet learns from transactions and blocks that it is shown, follows reorganisations, and builds and signs; it
 * sends nothing. It is told the height and asked for transactions. A payment that is built changes nothing but the
 * arena; it counts as made when the wallet is shown it (btc_wallet_see).
 *
 * Source: BIP 32, 84, 125; selection.h says how coins are chosen; outputs are in BIP 69 order, so that change does not
 * stand out by its place.
 */
#ifndef KONSENTO_BITCOIN_WALLET_H
#define KONSENTO_BITCOIN_WALLET_H

#include "protocol/bitcoin/block.h"
#include "protocol/bitcoin/keychain.h"
#include "protocol/bitcoin/pool.h"
#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/sign.h"
#include "protocol/bitcoin/table.h"

#define BTC_WALLET_UNCONFIRMED  UINT32_MAX
#define BTC_WALLET_UNSPENT      (UINT32_MAX - 1)
#define BTC_WALLET_KEEP_BLOCKS  144u /* spent coins are kept so long, for reorganisations */
#define BTC_MAX_WALLET_PAYMENTS 64u  /* with the record */
#define BTC_MAX_WALLET_INPUTS   500u
#define BTC_MAX_WALLET_RECORD   80u
#define BTC_WALLET_NO_CHANGE    UINT32_MAX
#define BTC_WALLET_MUST_USE     __attribute__((warn_unused_result))

enum btc_wallet_branch { BTC_WALLET_RECEIVE = 0, BTC_WALLET_CHANGE = 1 };

struct btc_wallet_key {
    uint8_t hash[20];
    uint8_t public_key[33];
    uint8_t secret[32];
    enum btc_wallet_branch branch;
    uint32_t index;
};

struct btc_wallet_coin {
    struct btc_outpoint outpoint;
    int64_t value_sat;
    uint32_t key;
    uint32_t height; /* of its block, or BTC_WALLET_UNCONFIRMED */
    bool is_coinbase;
    uint32_t spent_height; /* of the spending block, BTC_WALLET_UNCONFIRMED, or BTC_WALLET_UNSPENT */
    uint8_t spender[32];   /* txid, if spent */
    bool is_orphan;        /* its transaction is forgotten, its spender is to be; never seen from outside */
};

struct btc_wallet_setup {
    enum btc_network network;
    uint32_t account;
    struct btc_bytes seed; /* 16 to 64 bytes */
    struct btc_salt salt;
    const struct btc_allocator *allocator;
};

struct btc_wallet {
    const struct btc_curve *curve;
    const struct btc_allocator *allocator;
    struct btc_keychain branches[2];
    uint32_t next_index[2]; /* receive: of the next script; change: of the key that the next payment uses */
    uint32_t change_key;    /* its number */
    uint32_t height;        /* of the newest block seen */
    struct btc_pool keys;
    struct btc_pool coins;
    struct btc_table by_hash;
    struct btc_table by_outpoint;
};

/* Returns false if there is no memory, or the seed has no keys (one in 2^127). Owns: everything, until close. */
BTC_WALLET_MUST_USE bool btc_wallet_init(struct btc_wallet *wallet, const struct btc_curve *curve,
                                         const struct btc_wallet_setup *setup);
void btc_wallet_close(struct btc_wallet *wallet);

/* Out: a script that was not given out before. Returns false if there is no memory. */
BTC_WALLET_MUST_USE bool btc_wallet_new_script(struct btc_wallet *wallet, uint8_t script[BTC_P2WPKH_BYTES]);

bool btc_wallet_owns(const struct btc_wallet *wallet, struct btc_bytes script);

/* ---- learning ---- */

/* Shows a transaction: height of its block, or BTC_WALLET_UNCONFIRMED. An unconfirmed transaction that spends the same
 * is forgotten; if a confirmed one does, an unconfirmed newcomer is ignored. Returns false if there is no memory; what
 * was learned until then stays, and showing it again completes it. */
BTC_WALLET_MUST_USE bool btc_wallet_see(struct btc_wallet *wallet, const struct btc_tx *tx, uint32_t height);

/* Forgets an unconfirmed transaction that will not be mined: its outputs vanish (and what spent them), its inputs are
 * free again. */
void btc_wallet_forget(struct btc_wallet *wallet, const uint8_t txid[32]);

BTC_WALLET_MUST_USE bool btc_wallet_connect(struct btc_wallet *wallet, const struct btc_block *block, uint32_t height);
/* Its transactions are unconfirmed again; its coinbase is gone. In: the height of the block. */
void btc_wallet_disconnect(struct btc_wallet *wallet, const struct btc_block *block, uint32_t height);

struct btc_wallet_balance {
    int64_t confirmed_sat; /* can be spent in the next block */
    int64_t pending_sat;   /* unconfirmed */
    int64_t immature_sat;  /* coinbases */
};
struct btc_wallet_balance btc_wallet_balance(const struct btc_wallet *wallet);

/* ---- paying ---- */

enum btc_wallet_source {
    BTC_WALLET_CONFIRMED_ONLY = 0,
    BTC_WALLET_OWN_CHANGE, /* and unconfirmed change */
    BTC_WALLET_ANY_COIN    /* and what others have sent, unconfirmed */
};

enum btc_wallet_error {
    BTC_WALLET_OK = 0,
    BTC_WALLET_FUNDS,     /* not enough coins */
    BTC_WALLET_DUST,      /* a payment is too small to be relayed */
    BTC_WALLET_LIMIT,     /* too many payments or inputs, too long a record, amounts out of range */
    BTC_WALLET_INPUT,     /* a required input is not an unspent coin of this wallet */
    BTC_WALLET_CONFIRMED, /* bump: it is in a block, or not this wallet's */
    BTC_WALLET_NO_MEMORY
};

struct btc_wallet_plan {
    const struct btc_output *payments;
    uint32_t payment_count;  /* may be 0: everything goes to change */
    struct btc_bytes record; /* for an OP_RETURN output; empty: none */
    uint32_t rate_sat_per_kwu;
    uint32_t dust_sat_per_kwu;
    enum btc_wallet_source source;
    uint32_t sequence; /* of all inputs: BTC_SEQUENCE_NO_RBF, or one less to signal replacement */
    uint32_t locktime;
    enum btc_sign_mode sign_mode;
    const struct btc_outpoint *required; /* inputs that must be; coins spent by unconfirmed transactions may be here */
    uint32_t required_count;
    /* The fee is at least this and this rate on top, as BIP 125 rules 3 and 4 ask; 0 and 0 for a fresh payment. */
    int64_t replaced_fee_sat;
    uint32_t incremental_sat_per_kwu;
    struct btc_bytes change_script; /* empty: the next change key's */
};

struct btc_wallet_payment {
    struct btc_tx tx; /* signed; everything in the arena */
    uint8_t txid[32];
    int64_t fee_sat;
    uint32_t change; /* index of the change output, BTC_WALLET_NO_CHANGE if there is none */
};

/* Builds and signs. scratch: 100 bytes per coin of the wallet, given back. On error nothing has changed. */
BTC_WALLET_MUST_USE enum btc_wallet_error btc_wallet_pay(struct btc_wallet_payment *payment,
                                                         const struct btc_wallet *wallet, struct btc_arena *arena,
                                                         struct btc_arena *scratch, const struct btc_wallet_plan *plan);

/* Builds a payment with the same inputs and more if need be, the same outputs, and a higher fee out of its change.
 * In: an unconfirmed transaction whose inputs are all this wallet's; plan: rate, dust, sign_mode, incremental rate,
 * replaced_fee_sat (fees of the transaction's descendants, which will be replaced too); the rest is not looked at. */
BTC_WALLET_MUST_USE enum btc_wallet_error btc_wallet_bump(struct btc_wallet_payment *payment,
                                                          const struct btc_wallet *wallet, struct btc_arena *arena,
                                                          struct btc_arena *scratch, const struct btc_tx *old,
                                                          const struct btc_wallet_plan *plan);

/* The fee of a transaction whose inputs are all coins that this wallet has seen. Returns false if one is not. */
BTC_WALLET_MUST_USE bool btc_wallet_fee(int64_t *fee_sat, const struct btc_wallet *wallet, const struct btc_tx *tx);

/* The coin of an outpoint, NULL if the wallet does not know it. Good until the wallet learns something. */
const struct btc_wallet_coin *btc_wallet_get(const struct btc_wallet *wallet, const struct btc_outpoint *outpoint);

#endif
