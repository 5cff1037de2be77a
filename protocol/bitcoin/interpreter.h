/* interpreter.h: does this input satisfy the output it spends? Consensus-grade script evaluation.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Legacy, P2SH and segwit version 0 scripts exactly as Bitcoin Core 26 evaluates them, bug for bug, with the same flags
 * and the same named errors. Taproot (witness version 1, 32 bytes) is accepted as Core accepts it before activation.
 *
 *     scriptSig ──► stack ──► scriptPubKey ──► true?
 *                               ├─ P2SH pattern:    run the top element as a script on the rest of the stack
 *                               └─ witness program: run the witness: P2WPKH's implied script, or the hashed witness
 * script
 *
 * Memory: the caller lends a struct btc_script_space (about 50 KiB on a 64-bit machine), which needs no initialisation
 * and may be used again and again by one thread. Elements on the stack are views into the scripts, the witness, or the
 * space; nothing is allocated. The bounds of the space follow from consensus limits, so it never runs out.
 *
 * Source: Bitcoin consensus; BIP 16, 62, 65, 66, 68, 112, 141, 143, 146, 147.
 */
#ifndef KONSENTO_BITCOIN_INTERPRETER_H
#define KONSENTO_BITCOIN_INTERPRETER_H

#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/sighash.h"

/* Which rules hold. CLEANSTACK needs WITNESS, WITNESS needs P2SH (asserted). */
enum btc_script_flag {
    BTC_VERIFY_NONE = 0,
    BTC_VERIFY_P2SH = 1 << 0,                        /* BIP 16 */
    BTC_VERIFY_STRICTENC = 1 << 1,                   /* defined hash types, well-formed public keys */
    BTC_VERIFY_DERSIG = 1 << 2,                      /* BIP 66 */
    BTC_VERIFY_LOW_S = 1 << 3,                       /* BIP 62 rule 5 */
    BTC_VERIFY_NULLDUMMY = 1 << 4,                   /* BIP 147 */
    BTC_VERIFY_SIGPUSHONLY = 1 << 5,                 /* BIP 62 rule 2 */
    BTC_VERIFY_MINIMALDATA = 1 << 6,                 /* BIP 62 rules 3 and 4 */
    BTC_VERIFY_DISCOURAGE_NOPS = 1 << 7,             /* NOP1, NOP4 .. NOP10 */
    BTC_VERIFY_CLEANSTACK = 1 << 8,                  /* BIP 62 rule 6 */
    BTC_VERIFY_CHECKLOCKTIMEVERIFY = 1 << 9,         /* BIP 65 */
    BTC_VERIFY_CHECKSEQUENCEVERIFY = 1 << 10,        /* BIP 112 */
    BTC_VERIFY_WITNESS = 1 << 11,                    /* BIP 141, 143 */
    BTC_VERIFY_DISCOURAGE_WITNESS_PROGRAM = 1 << 12, /* witness versions without a meaning yet */
    BTC_VERIFY_MINIMALIF = 1 << 13,                  /* segwit: OP_IF takes nothing or 01 */
    BTC_VERIFY_NULLFAIL = 1 << 14,                   /* BIP 146 */
    BTC_VERIFY_WITNESS_PUBKEYTYPE = 1 << 15,         /* segwit: compressed keys only */
    BTC_VERIFY_CONST_SCRIPTCODE = 1 << 16, /* legacy: no OP_CODESEPARATOR, no signature inside the script code */
    BTC_VERIFY_ALL = (1 << 17) - 1
};

/* What blocks must obey on a chain with every soft fork up to segwit active (as on regtest). */
#define BTC_VERIFY_CONSENSUS                                                                                           \
    ((uint32_t)(BTC_VERIFY_P2SH | BTC_VERIFY_DERSIG | BTC_VERIFY_NULLDUMMY | BTC_VERIFY_CHECKLOCKTIMEVERIFY |          \
                BTC_VERIFY_CHECKSEQUENCEVERIFY | BTC_VERIFY_WITNESS))

/* What nodes ask of transactions they relay. */
#define BTC_VERIFY_POLICY ((uint32_t)BTC_VERIFY_ALL)

enum btc_script_error {
    BTC_SCRIPT_OK = 0,
    BTC_SCRIPT_UNKNOWN_ERROR,                         /* a number is too long, or not minimal under MINIMALDATA */
    BTC_SCRIPT_EVAL_FALSE,                            /* ran to the end, but the top of the stack is false or missing */
    BTC_SCRIPT_OP_RETURN,                             /* OP_RETURN was executed */
    BTC_SCRIPT_SCRIPT_SIZE,                           /* longer than 10,000 bytes */
    BTC_SCRIPT_PUSH_SIZE,                             /* an element longer than 520 bytes */
    BTC_SCRIPT_OP_COUNT,                              /* more than 201 operations */
    BTC_SCRIPT_STACK_SIZE,                            /* more than 1,000 elements */
    BTC_SCRIPT_SIG_COUNT,                             /* multisig: signatures negative or more than keys */
    BTC_SCRIPT_PUBKEY_COUNT,                          /* multisig: keys negative or more than 20 */
    BTC_SCRIPT_VERIFY,                                /* OP_VERIFY found false */
    BTC_SCRIPT_EQUALVERIFY,                           /* OP_EQUALVERIFY found two that differ */
    BTC_SCRIPT_CHECKMULTISIGVERIFY,                   /* OP_CHECKMULTISIGVERIFY failed */
    BTC_SCRIPT_CHECKSIGVERIFY,                        /* OP_CHECKSIGVERIFY failed */
    BTC_SCRIPT_NUMEQUALVERIFY,                        /* OP_NUMEQUALVERIFY found two that differ */
    BTC_SCRIPT_BAD_OPCODE,                            /* undefined opcode or truncated push */
    BTC_SCRIPT_DISABLED_OPCODE,                       /* OP_CAT and the others of 2010 */
    BTC_SCRIPT_INVALID_STACK_OPERATION,               /* an operation found too few elements */
    BTC_SCRIPT_INVALID_ALTSTACK_OPERATION,            /* OP_FROMALTSTACK found none */
    BTC_SCRIPT_UNBALANCED_CONDITIONAL,                /* OP_IF, OP_ELSE, OP_ENDIF do not match */
    BTC_SCRIPT_NEGATIVE_LOCKTIME,                     /* BIP 65, 112 */
    BTC_SCRIPT_UNSATISFIED_LOCKTIME,                  /* BIP 65, 112: too early */
    BTC_SCRIPT_SIG_HASHTYPE,                          /* STRICTENC */
    BTC_SCRIPT_SIG_DER,                               /* DERSIG */
    BTC_SCRIPT_MINIMALDATA,                           /* MINIMALDATA: push could be shorter */
    BTC_SCRIPT_SIG_PUSHONLY,                          /* scriptSig does more than push */
    BTC_SCRIPT_SIG_HIGH_S,                            /* LOW_S */
    BTC_SCRIPT_SIG_NULLDUMMY,                         /* NULLDUMMY */
    BTC_SCRIPT_PUBKEYTYPE,                            /* STRICTENC */
    BTC_SCRIPT_CLEANSTACK,                            /* more than one element left */
    BTC_SCRIPT_MINIMALIF,                             /* MINIMALIF */
    BTC_SCRIPT_SIG_NULLFAIL,                          /* NULLFAIL: a failed signature that is not empty */
    BTC_SCRIPT_DISCOURAGE_UPGRADABLE_NOPS,            /* DISCOURAGE_NOPS */
    BTC_SCRIPT_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM, /* DISCOURAGE_WITNESS_PROGRAM */
    BTC_SCRIPT_WITNESS_PROGRAM_WRONG_LENGTH,          /* version 0 with neither 20 nor 32 bytes */
    BTC_SCRIPT_WITNESS_PROGRAM_WITNESS_EMPTY,         /* P2WSH without a witness */
    BTC_SCRIPT_WITNESS_PROGRAM_MISMATCH, /* the witness script has another hash; P2WPKH without two items */
    BTC_SCRIPT_WITNESS_MALLEATED,        /* native segwit with a scriptSig */
    BTC_SCRIPT_WITNESS_MALLEATED_P2SH,   /* P2SH segwit whose scriptSig is not the one push */
    BTC_SCRIPT_WITNESS_UNEXPECTED,       /* a witness where no script asked for one */
    BTC_SCRIPT_WITNESS_PUBKEYTYPE,       /* WITNESS_PUBKEYTYPE */
    BTC_SCRIPT_OP_CODESEPARATOR,         /* CONST_SCRIPTCODE */
    BTC_SCRIPT_SIG_FINDANDDELETE,        /* CONST_SCRIPTCODE */
    BTC_SCRIPT_ERROR_COUNT
};

/* The name of an error as Core's test data has it ("EVAL_FALSE", "SIG_DER", ...). Never NULL. */
const char *btc_script_error_name(enum btc_script_error error);

/* Judges one signature. In: the hash that should be signed, the signature without its hash type byte (DER, possibly
 * lax), the public key as found in the script (33 or 65 bytes). Must depend on nothing but its arguments and the
 * context. A caller may put a cache, or keyed hashes instead of signatures, in its place. */
struct btc_signature_check {
    const uint8_t *hash; /* 32 bytes */
    struct btc_bytes signature;
    struct btc_bytes public_key;
};
typedef bool btc_signature_judge(void *context, const struct btc_signature_check *check);

/* The input to judge. */
struct btc_spend {
    const struct btc_tx *tx;
    uint32_t input;
    const struct btc_output *spent;        /* the output that the input names */
    const struct btc_sighash_cache *cache; /* of tx; NULL: BIP 143's hashes are computed as needed */
    btc_signature_judge *judge;            /* NULL: real ECDSA */
    void *judge_context;
};

#define BTC_SPACE_ELEMENTS (BTC_MAX_STACK + 48)
#define BTC_SPACE_RESULTS  (3 * (BTC_MAX_SCRIPT_OPS + 1))

/* Memory for one evaluation at a time. */
struct btc_script_space {
    struct btc_bytes elements[BTC_SPACE_ELEMENTS]; /* the stack from the bottom, the alternative stack from the top */
    uint8_t results[BTC_SPACE_RESULTS][32];        /* hashes and numbers that operations made */
    uint8_t script_code[BTC_MAX_SCRIPT_BYTES];     /* script code after signatures were deleted from it */
    uint8_t implied[BTC_P2PKH_BYTES];              /* P2WPKH's script */
};

/* Evaluates one input. Returns OK or the first error, as Core does. */
__attribute__((warn_unused_result)) enum btc_script_error
btc_script_verify(struct btc_script_space *space, const struct btc_spend *spend, uint32_t flags);

/* Evaluates all inputs of a transaction with real signatures. In: spent, one output per input.
 * Returns OK, or the first input's error and its number in *failed. */
__attribute__((warn_unused_result)) enum btc_script_error
btc_tx_verify_scripts(struct btc_script_space *space, uint32_t *failed, const struct btc_tx *tx,
                      const struct btc_output *spent, uint32_t flags);

/* Signature operation cost of an input (BIP 141): 4 for each legacy or P2SH operation of script and spent script
 * together with the redeem script, 1 for each in a witness. The caller adds 4 for each operation in the transaction's
 * outputs. */
uint32_t btc_input_sigop_cost(const struct btc_input *input, const struct btc_output *spent, uint32_t flags);

#endif
