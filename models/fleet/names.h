/* names.h: texts numbered in order of first appearance.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_FLEET_NAMES_H
#define KONSENTO_MODELS_FLEET_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_NONE UINT32_MAX

struct names {
    char *text; /* all names, each ended by NUL */
    size_t text_length, text_capacity;
    size_t *offsets; /* of each name in text */
    uint32_t count, capacity;
    uint32_t *table; /* number + 1 by hash, 0: empty; a power of two */
    size_t table_size;
};

void names_init(struct names *names);
void names_close(struct names *names);
/* Returns the number of name, adding it if it is new; NAMES_NONE when memory is out. */
uint32_t names_add(struct names *names, const char *name);

#endif
