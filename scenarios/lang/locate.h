/* locate.h: where in the text a field stands: from "building on line 7" to the column of `outlets =`.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lua tells the line on which a call begins and no more. These functions read the text as tokens, find the brace that
 * the call opens, and the entry within it. They only serve messages: where they find nothing, the line alone is told.
 */
#ifndef KONSENTO_SCENARIOS_LANG_LOCATE_H
#define KONSENTO_SCENARIOS_LANG_LOCATE_H

#include <stdbool.h>
#include <stddef.h>

struct token {
    enum { TOKEN_END, TOKEN_NAME, TOKEN_STRING, TOKEN_NUMBER, TOKEN_SIGN } kind;
    size_t at, length;
    unsigned line;
};
struct scanner {
    const char *text;
    size_t at;
    unsigned line;
};

void scanner_begin(struct scanner *scanner, const char *text);
struct token scanner_next(struct scanner *scanner);

/* The call of ...name{ or ...name({ or ...name(x){ that begins on line; nth (from 0) of several, modulo their number.
 * name NULL: any call with a table. Out: offset where its chain of names begins, offset of the brace. False: none
 * there. */
bool locate_call(size_t *begin, size_t *brace, const char *text, unsigned line, const char *name, unsigned nth);

/* The entry `key = value` (or, if key is NULL, the index-th positional one, from 1) of the table that opens at brace.
 * Out: offset of the key (of the value if positional) and of the value. */
bool locate_entry(size_t *key_at, size_t *value_at, const char *text, size_t brace, const char *key, size_t index);

void locate_offset(unsigned *line, unsigned *column, const char *text, size_t offset);
/* Column of word as a whole token in the line, or of the line's first token. 0: the line is empty. */
unsigned locate_word(const char *text, unsigned line, const char *word);

#endif
