/* guard.c: what every text from outside has to pass.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/guard.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ------------------------------------------------------------------------------------------------------- */

/* Bytes that follow the first one of a character; -1: no character begins so. Source: RFC 3629. */
static int tail_of(uint8_t first)
{
    if (first < 0x80)
        return first == 0 ? -1 : 0;
    if (first >= 0xc2 && first <= 0xdf)
        return 1;
    if (first >= 0xe0 && first <= 0xef)
        return 2;
    return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

/* The second byte has a smaller range behind some first ones: overlong forms, surrogates, beyond U+10FFFF. */
static bool is_second(uint8_t first, uint8_t second)
{
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= least && second <= most;
}

static size_t character(const uint8_t *bytes, size_t length)
{
    int tail = tail_of(bytes[0]);
    if (tail < 0 || (size_t)tail >= length || (tail > 0 && !is_second(bytes[0], bytes[1])))
        return 0;
    for (int i = 2; i <= tail; i++)
        if (bytes[i] < 0x80 || bytes[i] > 0xbf)
            return 0;
    return (size_t)tail + 1;
}

int guard_text(const void *bytes, size_t length)
{
    if (length > GUARD_BYTES_MAX)
        return HW_REJECT_OVERSIZED;
    const uint8_t *at = bytes;
    while (length > 0) {
        size_t step = character(at, length);
        if (step == 0)
            return HW_REJECT_TEXT;
        at += step;
        length -= step;
    }
    return GUARD_OK;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

/* Depth and parts by the brackets and commas outside of strings: before a parser has to follow them. */
static bool is_small(const char *bytes, size_t length)
{
    size_t depth = 0, parts = 1;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = bytes[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
            continue;
        }
        in_string = c == '"';
        if (c == '[' || c == '{')
            depth++;
        if ((c == ']' || c == '}') && depth > 0)
            depth--;
        parts += c == ',' || c == '[' || c == '{';
        if (depth > GUARD_DEPTH_MAX || parts > GUARD_PARTS_MAX)
            return false;
    }
    return true;
}

/* Names that come twice make a message mean two things. */
static bool has_twins(const cJSON *object)
{
    for (const cJSON *one = object->child; cJSON_IsObject(object) && one != NULL; one = one->next)
        for (const cJSON *other = one->next; other != NULL; other = other->next)
            if (strcmp(one->string, other->string) == 0)
                return true;
    for (const cJSON *child = object->child; child != NULL; child = child->next)
        if (has_twins(child)) /* at most GUARD_DEPTH_MAX deep */
            return true;
    return false;
}

int guard_json(struct guard_json *json, const void *bytes, size_t length)
{
    int reject = guard_text(bytes, length);
    if (reject != GUARD_OK)
        return reject;
    if (!is_small(bytes, length))
        return HW_REJECT_SYNTAX;
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(bytes, length, &end, false);
    const char *behind = (const char *)bytes + length;
    while (root != NULL && end < behind && strchr(" \t\r\n", *end) != NULL)
        end++;
    if (root == NULL || end != behind || has_twins(root)) {
        cJSON_Delete(root);
        return HW_REJECT_SYNTAX;
    }
    json->root = root;
    return GUARD_OK;
}

void guard_close(struct guard_json *json)
{
    cJSON_Delete(json->root);
    json->root = NULL;
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

struct guard_node guard_root(const struct guard_json *json)
{
    return (struct guard_node){json->root};
}

bool guard_is_there(struct guard_node node)
{
    return node.item != NULL && !cJSON_IsNull((const cJSON *)node.item);
}

bool guard_is_object(struct guard_node node)
{
    return cJSON_IsObject((const cJSON *)node.item);
}

size_t guard_count(struct guard_node node)
{
    return cJSON_IsArray((const cJSON *)node.item) ? (size_t)cJSON_GetArraySize(node.item) : 0;
}

struct guard_node guard_at(struct guard_node array, size_t index)
{
    bool is_there = index < guard_count(array);
    return (struct guard_node){is_there ? cJSON_GetArrayItem(array.item, (int)index) : NULL};
}

struct guard_node guard_find(struct guard_node node, const char *path)
{
    while (node.item != NULL && *path != 0) {
        char name[64];
        size_t length = strcspn(path, "/");
        if (length >= sizeof name)
            return (struct guard_node){NULL};
        memcpy(name, path, length);
        name[length] = 0;
        path += length + (path[length] == '/');
        bool is_object = cJSON_IsObject((const cJSON *)node.item);
        node.item = is_object ? cJSON_GetObjectItemCaseSensitive(node.item, name) : NULL;
    }
    return node;
}

static int in_range(double value, double least, double most)
{
    return isfinite(value) && value >= least && value <= most ? GUARD_OK : HW_REJECT_RANGE;
}

int guard_number(double *value, struct guard_node node, double least, double most)
{
    if (!cJSON_IsNumber((const cJSON *)node.item))
        return HW_REJECT_TYPE;
    *value = ((const cJSON *)node.item)->valuedouble;
    return in_range(*value, least, most);
}

int guard_sum(double *value, struct guard_node node, double least, double most)
{
    size_t count = guard_count(node);
    if (count == 0)
        return guard_number(value, node, least, most);
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        double one;
        int reject = guard_number(&one, guard_at(node, i), least, most);
        if (reject != GUARD_OK)
            return reject;
        *value += one;
    }
    return in_range(*value, least, most);
}

int guard_bool(bool *value, struct guard_node node)
{
    if (!cJSON_IsBool((const cJSON *)node.item))
        return HW_REJECT_TYPE;
    *value = cJSON_IsTrue((const cJSON *)node.item);
    return GUARD_OK;
}

const char *guard_string(struct guard_node node)
{
    return cJSON_GetStringValue(node.item);
}

int guard_decimal(double *value, const char *text, double least, double most)
{
    size_t length = strlen(text);
    bool is_plain = length > 0 && length <= 32 && strspn(text, "+-.0123456789eE") == length;
    char *end = NULL;
    *value = is_plain ? strtod(text, &end) : 0;
    if (!is_plain || end != text + length)
        return HW_REJECT_TYPE;
    return in_range(*value, least, most);
}
