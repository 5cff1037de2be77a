/* script_rules.h: the flags that choose which script rules hold, and the named ways to break them.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Flags and errors are those of Bitcoin Core 26 without taproot's. Source: BIP 16, 62, 65, 66, 112, 141, 143, 146, 147.
 */
#ifndef KONSENTO_BITCOIN_SCRIPT_RULES_H
#define KONSENTO_BITCOIN_SCRIPT_RULES_H

#include <stdint.h>

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

#endif
