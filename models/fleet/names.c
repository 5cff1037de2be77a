/* names.c: a hash table with open addressing; numbers depend on the order of adding alone.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/names.h"

#include <stdlib.h>
#include <string.h>

void names_init(struct names *names)
{
    *names = (struct names){0};
}

void names_close(struct names *names)
{
    free(names->text);
    free(names->offsets);
    free(names->table);
    names_init(names);
}

static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash ^ hash >> 29;
}

/* The table's place of name: where it stands, or the empty place where it would. */
static size_t place_of(const struct names *names, const char *name)
{
    size_t place = hash_of(name) & (names->table_size - 1);
    while (names->table[place] != 0 && strcmp(names->text + names->offsets[names->table[place] - 1], name) != 0)
        place = (place + 1) & (names->table_size - 1);
    return place;
}

static bool grow_table(struct names *names)
{
    size_t size = names->table_size == 0 ? 256 : names->table_size * 2;
    uint32_t *table = calloc(size, sizeof table[0]);
    size_t *offsets = table == NULL ? NULL : realloc(names->offsets, size / 2 * sizeof offsets[0]);
    if (offsets == NULL) {
        free(table);
        return false;
    }
    free(names->table);
    names->table = table;
    names->table_size = size;
    names->offsets = offsets;
    names->capacity = (uint32_t)(size / 2);
    for (uint32_t i = 0; i < names->count; i++)
        names->table[place_of(names, names->text + names->offsets[i])] = i + 1;
    return true;
}

static bool grow_text(struct names *names, size_t length)
{
    size_t capacity = names->text_capacity == 0 ? 4096 : names->text_capacity;
    while (capacity < length)
        capacity *= 2;
    if (capacity == names->text_capacity)
        return true;
    char *text = realloc(names->text, capacity);
    if (text == NULL)
        return false;
    names->text = text;
    names->text_capacity = capacity;
    return true;
}

uint32_t names_add(struct names *names, const char *name)
{
    size_t length = strlen(name) + 1;
    if (names->count == names->capacity && !grow_table(names))
        return NAMES_NONE;
    if (!grow_text(names, names->text_length + length))
        return NAMES_NONE;
    size_t place = place_of(names, name);
    if (names->table[place] != 0)
        return names->table[place] - 1;
    memcpy(names->text + names->text_length, name, length);
    names->offsets[names->count] = names->text_length;
    names->text_length += length;
    names->table[place] = ++names->count;
    return names->count - 1;
}
