/* court.h: judges the transactions that a test builds.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every transaction is evaluated under consensus and under policy flags. Then every bit of its witness is flipped, one
 * after another, and none may pass under policy flags. Where tests build transactions by the hundred thousand (sparse)
 * that is so for the first COURT_WHOLE; of the others it is one bit of each witness item, picked by the transaction's
 * hash. Who has been judged is known, by wtxid, and not judged again.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_COURT_H
#define KONSENTO_TESTS_LIGHTNING_COURT_H

#include "protocol/bitcoin/interpreter.h"

#define COURT_KNOWN (1u << 18)
/* Of each kind; with real signatures a flip takes fifty times as long. */
#define COURT_WHOLE_REAL   24
#define COURT_WHOLE_TOKENS 400

enum court_depth {
    COURT_EVERY_BIT,
    COURT_SPARSE,
    COURT_BRIEF, /* one bit of each item, always */
};

struct court {
    struct btc_curve curve;
    enum court_depth depth;     /* set before it is opened */
    btc_signature_judge *judge; /* NULL: real signatures */
    uint32_t whole_left[2];     /* real, tokens */
    struct btc_script_space space;
    uint64_t known[COURT_KNOWN];
    uint32_t known_count;
    uint64_t judged; /* transactions, each once */
    uint64_t whole;  /* of these: every bit flipped */
    uint64_t flips;
};

/* In: judge, of tokens, or NULL. Keeps count and known ones if it was called before. */
void court_open(struct court *court, btc_signature_judge *judge);
/* Whether there is a first time; from now on it is known. In: name, any 8 bytes that are spread evenly. */
bool court_is_new(struct court *court, const uint8_t name[8]);
/* Evaluates input 0. In: spent, the output that it spends. Aborts if the judgement is not as it must be. */
void court_judge(struct court *court, const struct btc_tx *tx, const struct btc_output *spent);
/* Flips every bit of input 0's witness, whatever is known. Returns how many. */
unsigned court_flip(struct court *court, const struct btc_tx *tx, const struct btc_output *spent);

#endif
