/* csv.c: lines, fields and decimal numbers.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/csv.h"

#include <assert.h>
#include <string.h>

void csv_init(struct csv *csv, const char *bytes, size_t length, char separator)
{
    *csv = (struct csv){.next = bytes, .end = bytes + length, .separator = separator};
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        csv->next += 3;
}

/* Length of the UTF-8 sequence at text, 0 if there is none (RFC 3629: no surrogates, no overlong forms). */
static size_t utf8_length(const unsigned char *text, size_t left)
{
    unsigned first = text[0];
    size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f))
        return 0;
    if ((first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f))
        return 0;
    return length;
}

static bool is_text(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t i = 0; i < length;) {
        if (bytes[i] < 0x20 || bytes[i] == 0x7f)
            return false;
        size_t step = utf8_length(bytes + i, length - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

/* Unquotes the field at read in place. Returns what follows it (a separator or the end), NULL if quotes are wrong. */
static char *cut_quoted(char *read)
{
    char *write = read;
    for (read++;; read++) {
        if (*read == '\0')
            return NULL;
        if (*read == '"') {
            if (read[1] != '"')
                break;
            read++;
        }
        *write++ = *read;
    }
    *write = '\0';
    return read + 1;
}

static enum csv_result cut_fields(struct csv *csv)
{
    char *at = csv->text;
    csv->field_count = 0;
    for (;;) {
        if (csv->field_count == CSV_FIELDS_MAX)
            return CSV_MANY_FIELDS;
        csv->fields[csv->field_count++] = at;
        char *after = *at == '"' ? cut_quoted(at) : at + strcspn(at, (char[]){csv->separator, '\0'});
        if (after == NULL || (*after != '\0' && *after != csv->separator))
            return CSV_QUOTE;
        bool is_last = *after == '\0';
        *after = '\0';
        if (is_last)
            return CSV_RECORD;
        at = after + 1;
    }
}

enum csv_result csv_next(struct csv *csv)
{
    for (;;) {
        if (csv->next == csv->end)
            return CSV_END;
        const char *start = csv->next;
        const char *stop = memchr(start, '\n', (size_t)(csv->end - start));
        csv->next = stop == NULL ? csv->end : stop + 1;
        csv->line++;
        size_t length = (size_t)((stop == NULL ? csv->end : stop) - start);
        if (length > 0 && start[length - 1] == '\r')
            length--;
        if (length == 0)
            continue;
        if (length > CSV_LINE_MAX)
            return CSV_LINE_TOO_LONG;
        if (!is_text(start, length))
            return CSV_BINARY;
        memcpy(csv->text, start, length);
        csv->text[length] = '\0';
        return cut_fields(csv);
    }
}

const char *csv_result_text(enum csv_result result)
{
    switch (result) {
    case CSV_LINE_TOO_LONG:
        return "line is longer than 4096 bytes";
    case CSV_BINARY:
        return "line holds bytes that are not text (control characters or broken UTF-8)";
    case CSV_QUOTE:
        return "quotes do not match";
    case CSV_MANY_FIELDS:
        return "line has more than 64 fields";
    case CSV_RECORD:
    case CSV_END:
        break;
    }
    assert(false && "only errors have a text");
    return "";
}

/* Digits, at most one mark, at least one digit: value = mantissa / 10^decimals. */
static enum number_result read_decimal(__int128 *mantissa, __int128 *divisor, const char *text, char mark)
{
    const __int128 most = (__int128)1000000000000000000 * 1000; /* 10^21 */
    bool has_digit = false, has_mark = false;
    *mantissa = 0;
    *divisor = 1;
    for (; *text != '\0'; text++) {
        if (*text == mark && !has_mark) {
            has_mark = true;
            continue;
        }
        if (*text < '0' || *text > '9')
            return NUMBER_SYNTAX;
        has_digit = true;
        if (has_mark && *divisor >= 1000000000000) /* beyond 12 decimals digits are read and dropped */
            continue;
        *mantissa = *mantissa * 10 + (*text - '0');
        if (has_mark)
            *divisor *= 10;
        if (*mantissa > most)
            return NUMBER_RANGE;
    }
    return has_digit ? NUMBER_OK : NUMBER_SYNTAX;
}

enum number_result csv_number(int64_t *scaled, const char *text, char mark, int64_t scale)
{
    assert(scale >= 1 && scale <= INT64_C(10000000000000));
    bool is_negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    __int128 mantissa, divisor;
    enum number_result result = read_decimal(&mantissa, &divisor, text, mark);
    if (result != NUMBER_OK)
        return result;
    __int128 value = (mantissa * scale + divisor / 2) / divisor;
    if (value > INT64_C(4000000000000000000))
        return NUMBER_RANGE;
    *scaled = is_negative ? -(int64_t)value : (int64_t)value;
    return NUMBER_OK;
}
