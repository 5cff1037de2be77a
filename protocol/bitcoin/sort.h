/* sort.h: sorting in place, without memory, never slower than n log n.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Heapsort. Not stable: give it an order in which equal means indistinguishable.
 */
#ifndef KONSENTO_BITCOIN_SORT_H
#define KONSENTO_BITCOIN_SORT_H

#include <stddef.h>

/* Returns <0, 0, >0. In: context as given to btc_sort. */
typedef int btc_order(const void *context, const void *a, const void *b);

/* Sorts count elements of size bytes. */
void btc_sort(void *elements, size_t count, size_t size, btc_order *order, const void *context);

#endif
