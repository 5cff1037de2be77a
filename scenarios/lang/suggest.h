/* suggest.h: "did you mean": the nearest of the names that would have been right.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Distance is Damerau-Levenshtein in its optimal string alignment form: insertion, deletion, replacement and the swap
 * of two neighbours cost 1. A name is offered when no more than a third of the longer word has to change, and never
 * less than one letter. Equal distances are settled by the alphabet, so the order of asking does not matter.
 */
#ifndef KONSENTO_SCENARIOS_LANG_SUGGEST_H
#define KONSENTO_SCENARIOS_LANG_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *wrong;
    char best[64]; /* "": nothing is near enough */
    unsigned distance;
};

/* Number of single edits between a and b; words beyond 63 bytes are UINT_MAX apart. */
unsigned suggest_distance(const char *a, const char *b);

void suggest_begin(struct suggestion *suggestion, const char *wrong);
/* Offers one right name. */
void suggest_offer(struct suggestion *suggestion, const char *name);
/* Writes " (did you mean 'x'?)", or nothing. Returns out. */
const char *suggest_text(char out[96], const struct suggestion *suggestion);

#endif
