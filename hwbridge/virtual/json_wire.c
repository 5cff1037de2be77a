/* json_wire.c: JSON as a small device reads it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/json_wire.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && strchr(" \t\r\n", *at) != NULL && *at != 0)
        at++;
    return at;
}

/* Returns what stands behind a string; NULL: it is none. */
static const char *skip_string(const char *at, const char *end)
{
    if (at >= end || *at != '"')
        return NULL;
    for (at++; at < end && *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL;
        at += *at == '\\';
    }
    return at < end ? at + 1 : NULL;
}

static const char *skip_word(const char *at, const char *end)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(end - at) >= length && memcmp(at, words[i], length) == 0)
            return at + length;
    }
    const char *begin = at;
    while (at < end && *at != 0 && strchr("+-.0123456789eE", *at) != NULL)
        at++;
    return at > begin ? at : NULL;
}

static const char *skip_value(const char *at, const char *end, int depth);

/* Members or elements up to the closing bracket. */
static const char *skip_parts(const char *at, const char *end, int depth)
{
    bool is_object = *at == '{';
    char close = is_object ? '}' : ']';
    at = skip_blanks(at + 1, end);
    if (at < end && *at == close)
        return at + 1;
    while (at != NULL && at < end) {
        if (is_object) {
            at = skip_string(skip_blanks(at, end), end);
            at = at == NULL ? NULL : skip_blanks(at, end);
            if (at == NULL || at >= end || *at++ != ':')
                return NULL;
        }
        at = skip_value(skip_blanks(at, end), end, depth + 1);
        at = at == NULL ? NULL : skip_blanks(at, end);
        if (at == NULL || at >= end || (*at != ',' && *at != close))
            return NULL;
        if (*at++ == close)
            return at;
    }
    return NULL;
}

static const char *skip_value(const char *at, const char *end, int depth)
{
    if (at == NULL || at >= end || depth > DEPTH_MAX)
        return NULL;
    if (*at == '"')
        return skip_string(at, end);
    return *at == '{' || *at == '[' ? skip_parts(at, end, depth) : skip_word(at, end);
}

struct json json_read(const char *text, size_t length)
{
    const char *end = text + length, *at = skip_blanks(text, end), *behind = skip_value(at, end, 0);
    bool is_whole = behind != NULL && skip_blanks(behind, end) == end;
    return is_whole ? (struct json){at, behind} : (struct json){NULL, NULL};
}

/* In: a text that json_read has checked. Returns the part that begins at or behind at, none at the closing bracket. */
static struct json part_at(const char *at, const char *end)
{
    at = skip_blanks(at, end);
    const char *behind = at < end && *at != ']' && *at != '}' ? skip_value(at, end, 0) : NULL;
    return behind == NULL ? (struct json){NULL, NULL} : (struct json){at, behind};
}

/* Behind a part and its comma. */
static const char *step(const char *at, const char *end)
{
    at = skip_blanks(at, end);
    return at < end && *at == ',' ? at + 1 : at;
}

struct json json_element(struct json array, size_t index)
{
    if (array.at == NULL || *array.at != '[')
        return (struct json){NULL, NULL};
    struct json part = part_at(array.at + 1, array.end);
    for (; index > 0 && part.at != NULL; index--)
        part = part_at(step(part.end, array.end), array.end);
    return part;
}

struct json json_member(struct json object, const char *name)
{
    if (object.at == NULL || *object.at != '{')
        return (struct json){NULL, NULL};
    struct json key = part_at(object.at + 1, object.end);
    while (key.at != NULL) {
        const char *colon = skip_blanks(key.end, object.end);
        struct json value = part_at(colon + 1, object.end);
        if (json_is(key, name) || value.at == NULL)
            return value;
        key = part_at(step(value.end, object.end), object.end);
    }
    return (struct json){NULL, NULL};
}

bool json_is(struct json value, const char *word)
{
    size_t length = strlen(word);
    return value.at != NULL && *value.at == '"' && (size_t)(value.end - value.at) == length + 2 &&
           memcmp(value.at + 1, word, length) == 0;
}

bool json_take_text(char *text, size_t text_size, struct json value)
{
    static const char escapes[] = "n\nt\tr\rb\bf\f";
    size_t length = 0;
    if (value.at == NULL || *value.at != '"')
        return false;
    for (const char *at = value.at + 1; at < value.end - 1; at++) {
        char c = *at;
        if (c == '\\') {
            c = *++at;
            const char *escape = c == 0 ? NULL : strchr(escapes, c);
            if (c == 'u') {
                c = '?';
                at += value.end - at > 5 ? 4 : value.end - at - 2;
            } else if (escape != NULL && (escape - escapes) % 2 == 0) {
                c = escape[1];
            }
        }
        if (length + 1 >= text_size)
            return false;
        text[length++] = c;
    }
    text[length] = 0;
    return true;
}

bool json_thousandths(int64_t *thousandths, struct json value)
{
    char text[32];
    size_t length = value.at == NULL ? 0 : (size_t)(value.end - value.at);
    if (length == 0 || length >= sizeof text || strchr("-0123456789", *value.at) == NULL)
        return false;
    memcpy(text, value.at, length);
    text[length] = 0;
    char *end = NULL;
    double number = strtod(text, &end);
    if (*end != 0 || !(number > -1e12 && number < 1e12))
        return false;
    *thousandths = (int64_t)(number * 1000 + (number < 0 ? -0.0005 : 0.0005));
    return true;
}
