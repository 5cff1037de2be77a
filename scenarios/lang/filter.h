/* filter.h: an expression over parameters that says which points of a sweep are wanted.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A Lua expression whose names are the axes: "outlets <= cars / 2 and rail ~= 'cloud'". A value that is a number is
 * one, every other is text. Nothing else is known to it: no library, no files, no loops without end.
 */
#ifndef KONSENTO_SCENARIOS_LANG_FILTER_H
#define KONSENTO_SCENARIOS_LANG_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct filter;

struct filter_name {
    const char *name, *value;
};

/* Reads the expression. Returns NULL with the reason in why. Owns: filter_close. */
struct filter *filter_open(char *why, size_t why_size, const char *expression);
void filter_close(struct filter *filter);

enum filter_verdict { FILTER_KEEP, FILTER_DROP, FILTER_WRONG };
/* WRONG: it fails on this point, or gives neither true nor false; why says so. A name with dots, a.b, is reached as
 * p["a.b"]. */
enum filter_verdict filter_check(struct filter *filter, char *why, size_t why_size, const struct filter_name *names,
                                 size_t count);

#endif
