/* abroad_books.c: what gateways have over modeled channels of the graph.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/abroad_parts.h"

#include <stdlib.h>

void abroad_book(struct abroad *abroad, uint32_t node, int64_t more_msat, uint64_t kept_msat)
{
    if (node >= abroad->book_count) {
        uint32_t count = 2 * node + 16;
        struct abroad_books *grown = realloc(abroad->books, count * sizeof grown[0]);
        if (grown == NULL) {
            trouble_memory(abroad->trouble);
            return;
        }
        for (uint32_t i = abroad->book_count; i < count; i++)
            grown[i] = (struct abroad_books){0, 0};
        abroad->books = grown;
        abroad->book_count = count;
    }
    abroad->books[node].net_msat += more_msat;
    abroad->books[node].kept_msat += (int64_t)kept_msat;
}
