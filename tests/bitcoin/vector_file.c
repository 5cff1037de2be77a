/* vector_file.c: published test vectors: where they lie, JSON.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/vector_file.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

char *vector_text(const char *name)
{
    char path[4096];
    assert(snprintf(path, sizeof path, "%s/vectors/bitcoin/%s", KONSENTO_SHARED, name) < (int)sizeof path);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "skipped: no %s\n", path);
        return NULL;
    }
    size_t capacity = 1 << 20;
    char *text = calloc(capacity + 1, 1);
    assert(text != NULL);
    size_t length = fread(text, 1, capacity, file);
    assert(length < capacity);
    fclose(file);
    return text;
}

cJSON *vector_json(const char *name)
{
    char *text = vector_text(name);
    if (text == NULL)
        return NULL;
    cJSON *json = cJSON_Parse(text);
    assert(json != NULL);
    free(text);
    return json;
}

const char *vector_string(const cJSON *array, int index)
{
    const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(array, index));
    assert(text != NULL);
    return text;
}
