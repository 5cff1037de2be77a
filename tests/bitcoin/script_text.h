/* script_text.h: scripts and flags as the published vectors write them.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Words: a decimal number is pushed, 0x and digits are bytes as they stand, 'text' is pushed, a name with or without
 * OP_ is an opcode. Flags: names with commas between.
 */
#ifndef KONSENTO_TESTS_BITCOIN_SCRIPT_TEXT_H
#define KONSENTO_TESTS_BITCOIN_SCRIPT_TEXT_H

#include "protocol/bitcoin/arena.h"
#include "protocol/bitcoin/script.h"

#define SCRIPT_FLAG_COUNT 17

/* Asserts that the text is well formed. */
struct btc_bytes script_from_text(struct btc_arena *arena, const char *text);

/* "NONE" and "" are no flags; asserts that the others are known. */
uint32_t flags_from_text(const char *text);

/* Removes flags that others they need are missing for; adds the flags that the given ones need. */
uint32_t flags_trim(uint32_t flags);
uint32_t flags_fill(uint32_t flags);

#endif
