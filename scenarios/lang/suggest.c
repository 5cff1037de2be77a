/* suggest.c: "did you mean": the nearest of the names that would have been right.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/suggest.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 63

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* rows: three rows of the table of distances, two before and one before the one to fill. */
static void fill_row(unsigned *row, unsigned *const before[2], const char *a, const char *b, size_t i)
{
    row[0] = (unsigned)i;
    for (size_t j = 1; b[j - 1] != '\0'; j++) {
        unsigned replaced = before[1][j - 1] + (a[i - 1] != b[j - 1]);
        row[j] = least(least(before[1][j] + 1, row[j - 1] + 1), replaced);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = least(row[j], before[0][j - 2] + 1);
    }
}

unsigned suggest_distance(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > WORD_MAX || b_length > WORD_MAX)
        return UINT_MAX;
    unsigned rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *const before[2] = {rows[(i + 1) % 3], rows[(i + 2) % 3]};
        fill_row(rows[i % 3], before, a, b, i);
    }
    return rows[a_length % 3][b_length];
}

void suggest_begin(struct suggestion *suggestion, const char *wrong)
{
    suggestion->wrong = wrong;
    suggestion->best[0] = '\0';
    suggestion->distance = UINT_MAX;
}

void suggest_offer(struct suggestion *suggestion, const char *name)
{
    unsigned distance = suggest_distance(suggestion->wrong, name);
    size_t longer = strlen(name) > strlen(suggestion->wrong) ? strlen(name) : strlen(suggestion->wrong);
    unsigned allowed = longer / 3 > 1 ? (unsigned)(longer / 3) : 1;
    /* A wrong case alone ("KWH") is always near enough. */
    if (distance > allowed && strcasecmp(name, suggestion->wrong) != 0)
        return;
    if (distance > suggestion->distance)
        return;
    if (distance == suggestion->distance && strcmp(name, suggestion->best) >= 0)
        return;
    suggestion->distance = distance;
    snprintf(suggestion->best, sizeof suggestion->best, "%s", name);
}

const char *suggest_text(char out[96], const struct suggestion *suggestion)
{
    out[0] = '\0';
    if (suggestion->best[0] != '\0')
        snprintf(out, 96, " (did you mean '%s'?)", suggestion->best);
    return out;
}
