/* maze.h: two ends of a channel and what is still to be done, as states and actions.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_MAZE_H
#define KONSENTO_TESTS_LIGHTNING_MAZE_H

#include "tests/lightning/duo.h"

#define MAZE_SLOTS 16

enum maze_action {
    MAZE_DELIVER_0,
    MAZE_DELIVER_1,
    MAZE_COMMAND_0,
    MAZE_COMMAND_1,
    MAZE_COMMIT_0,
    MAZE_COMMIT_1,
    MAZE_REMOVE_0,
    MAZE_REMOVE_1,
    MAZE_SHUTDOWN_0,
    MAZE_SHUTDOWN_1,
    MAZE_CUT,
    MAZE_JOIN,
    MAZE_ACTIONS
};

/* What is to be done. */
struct maze_plan {
    unsigned adds[2];
    unsigned fees;
    unsigned cuts;
    unsigned shutdowns; /* by whoever */
};

struct maze {
    struct duo duo;
    struct maze_plan left;
    bool joined;
    bool one_by_one;     /* no two states are one */
    uint64_t closing[2]; /* name of the closing transaction that an end broadcast, 0: none */
};

struct maze_saved;

/* In: at_once, all commands stand at the beginning. */
void maze_begin(struct maze *maze, const struct duo_setup *setup, const struct maze_plan *plan, bool at_once);
bool maze_is_possible(const struct maze *maze, enum maze_action action);
/* Does it; whatever can be checked is. */
void maze_act(struct maze *maze, enum maze_action action);
/* Nothing but a loss is left: balances, feerates, closing transactions. Returns a name of what has been done. */
uint64_t maze_check_end(const struct maze *maze);

/* Returns memory for one state; the caller frees it. */
struct maze_saved *maze_saved_new(void);
void maze_save(struct maze_saved *to, const struct maze *maze);
void maze_load(struct maze *maze, const struct maze_saved *from);
/* The state's name. */
void maze_hash(const struct maze *maze, uint64_t hash[2]);

#endif
