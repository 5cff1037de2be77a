/* flat.c: reads test vectors written as lines `path = value`.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/support/flat.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_CAPACITY 256

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    assert(text != NULL && fread(text, 1, (size_t)size, file) == (size_t)size);
    text[size] = '\0';
    fclose(file);
    return text;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(((const struct flat_line *)a)->path, ((const struct flat_line *)b)->path);
}

/* Takes `path = value`; the value may be empty, comments begin with '#'. */
static void add_line(struct flat *flat, char *line)
{
    char *equals = strstr(line, " =");
    if (line[0] == '#' || equals == NULL) {
        return;
    }
    *equals = '\0';
    char *value = equals + 2;
    value += *value == ' ';
    flat->lines[flat->count++] = (struct flat_line){line, value};
}

bool flat_open(struct flat *flat, const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/vectors/flat/%s.txt", folder, name);
    *flat = (struct flat){.text = read_whole(path)};
    if (flat->text == NULL) {
        return false;
    }
    size_t newlines = 1;
    for (const char *at = flat->text; *at != '\0'; at++) {
        newlines += *at == '\n';
    }
    flat->lines = malloc(newlines * sizeof *flat->lines);
    assert(flat->lines != NULL);
    for (char *line = flat->text, *end; *line != '\0'; line = end) {
        end = line + strcspn(line, "\n");
        if (*end == '\n') {
            *end++ = '\0';
        }
        add_line(flat, line);
    }
    qsort(flat->lines, flat->count, sizeof *flat->lines, compare_lines);
    return true;
}

void flat_close(struct flat *flat)
{
    free(flat->lines);
    free(flat->text);
    *flat = (struct flat){0};
}

static const char *look_up(const struct flat *flat, const char *path)
{
    struct flat_line key = {.path = path};
    const struct flat_line *line = bsearch(&key, flat->lines, flat->count, sizeof key, compare_lines);
    return line == NULL ? NULL : line->value;
}

static const char *look_up_or_fail(const struct flat *flat, const char *path)
{
    const char *value = look_up(flat, path);
    if (value == NULL) {
        fprintf(stderr, "no vector %s\n", path);
        abort();
    }
    return value;
}

#define FORMAT(path_out, format)                                                                                       \
    do {                                                                                                               \
        va_list arguments;                                                                                             \
        va_start(arguments, format);                                                                                   \
        int length = vsnprintf(path_out, sizeof path_out, format, arguments);                                          \
        va_end(arguments);                                                                                             \
        assert(length > 0 && (size_t)length < sizeof path_out);                                                        \
    } while (0)

const char *flat_find(const struct flat *flat, const char *path, ...)
{
    char full[PATH_CAPACITY];
    FORMAT(full, path);
    return look_up(flat, full);
}

const char *flat_text(const struct flat *flat, const char *path, ...)
{
    char full[PATH_CAPACITY];
    FORMAT(full, path);
    return look_up_or_fail(flat, full);
}

static uint64_t number_of(const char *text)
{
    char *end;
    uint64_t number = strtoull(text, &end, 10);
    assert(end != text && *end == '\0');
    return number;
}

uint64_t flat_number(const struct flat *flat, const char *path, ...)
{
    char full[PATH_CAPACITY];
    FORMAT(full, path);
    return number_of(look_up_or_fail(flat, full));
}

unsigned flat_length(const struct flat *flat, const char *path, ...)
{
    char full[PATH_CAPACITY];
    FORMAT(full, path);
    strncat(full, "#", sizeof full - strlen(full) - 1);
    const char *value = look_up(flat, full);
    return value == NULL ? 0 : (unsigned)number_of(value);
}

size_t flat_bytes(const struct flat *flat, uint8_t *bytes, size_t capacity, const char *path, ...)
{
    char full[PATH_CAPACITY];
    FORMAT(full, path);
    return hex_read(bytes, capacity, look_up_or_fail(flat, full));
}

void flat_exact(const struct flat *flat, uint8_t *bytes, size_t size, const char *path, ...)
{
    char full[PATH_CAPACITY];
    FORMAT(full, path);
    size_t length = hex_read(bytes, size, look_up_or_fail(flat, full));
    assert(length == size);
}

static unsigned digit_of(char letter)
{
    const char *digits = "0123456789abcdef";
    const char *found = letter == '\0' ? NULL : strchr(digits, letter | 0x20);
    assert(found != NULL && "hexadecimal digit");
    return (unsigned)(found - digits);
}

size_t hex_read(uint8_t *bytes, size_t capacity, const char *text)
{
    size_t length = strlen(text) / 2;
    assert(strlen(text) % 2 == 0 && length <= capacity);
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(digit_of(text[2 * i]) << 4 | digit_of(text[2 * i + 1]));
    }
    return length;
}
