/* heap_watch.h: counts what a program takes from the heap, its libraries included.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Link heap_watch.c into one program: it stands before the C library's malloc and its kin. Where AddressSanitizer
 * already stands there, it is asked instead.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_HEAP_WATCH_H
#define KONSENTO_TESTS_LIGHTNING_HEAP_WATCH_H

#include <stdint.h>

void heap_watch_start(void);
/* How many blocks have been taken, given a new size or given back since. */
uint64_t heap_watch_count(void);

#endif
