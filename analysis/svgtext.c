/* svgtext.c: goes through the tags of a picture and keeps what a page needs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/svgtext.h"

#include "analysis/html.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define DEPTH_MAX 64

/* A piece of the text. */
struct piece {
    const char *from, *end;
};

/* A group is written when something comes that is in it. */
struct cleaner {
    FILE *out;
    struct piece pending[DEPTH_MAX];
    size_t pending_count, open_count;
};

static bool is_name(const struct piece *piece, const char *name)
{
    size_t length = (size_t)(piece->end - piece->from);
    return length == strlen(name) && memcmp(piece->from, name, length) == 0;
}

/* Is the tag one of this element: "<g" or "</g"? */
static bool is_tag(const struct piece *tag, const char *name)
{
    size_t length = strlen(name);
    const char *from = tag->from + 1;
    return strncmp(from, name, length) == 0 && !isalnum((unsigned char)from[length]);
}

static bool is_kept(const struct piece *name)
{
    static const char *const dropped[] = {"id",          "color",     "xmlns",          "xmlns:xlink",    "xml:space",
                                          "font-family", "font-size", "stroke-linecap", "stroke-linejoin"};
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
        if (is_name(name, dropped[i])) {
            return false;
        }
    }
    return true;
}

/* The value of an attribute; spaces that say nothing are left out. */
static void write_value(FILE *out, const struct piece *value)
{
    if (is_name(value, "black")) {
        fputs("currentColor", out);
        return;
    }
    bool is_colour = strncmp(value->from, "rgb(", 4) == 0, was_space = true;
    for (const char *at = value->from; at < value->end; at++) {
        bool is_space = isspace((unsigned char)*at) != 0;
        if (!is_space || (!was_space && !is_colour && at + 1 < value->end)) {
            fputc(is_space ? ' ' : *at, out);
        }
        was_space = is_space;
    }
}

/* The next attribute of a tag. Returns where it ends, NULL if there is none. */
static const char *next_attribute(struct piece *name, struct piece *value, const char *at, const char *end)
{
    while (at < end && (isspace((unsigned char)*at) || *at == '/')) {
        at++;
    }
    name->from = at;
    while (at < end && *at != '=' && !isspace((unsigned char)*at)) {
        at++;
    }
    name->end = at;
    while (at < end && (*at == '=' || isspace((unsigned char)*at))) {
        at++;
    }
    if (at >= end || (*at != '"' && *at != '\'')) {
        return NULL;
    }
    value->from = at + 1;
    const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));
    value->end = close;
    return close == NULL ? NULL : close + 1;
}

static void write_tag(FILE *out, const struct piece *tag)
{
    struct piece name, value;
    const char *at = tag->from + 1;
    fputc('<', out);
    while (at < tag->end && (isalnum((unsigned char)*at) || *at == '/')) {
        fputc(*at++, out);
    }
    while ((at = next_attribute(&name, &value, at, tag->end)) != NULL) {
        if (is_kept(&name)) {
            fprintf(out, " %.*s=\"", (int)(name.end - name.from), name.from);
            write_value(out, &value);
            fputc('"', out);
        }
    }
    fputs(tag->end[-1] == '/' ? "/>" : ">", out);
}

static void flush(struct cleaner *cleaner)
{
    for (size_t i = 0; i < cleaner->pending_count; i++) {
        write_tag(cleaner->out, &cleaner->pending[i]);
    }
    cleaner->open_count += cleaner->pending_count;
    cleaner->pending_count = 0;
}

static void take_tag(struct cleaner *cleaner, const struct piece *tag)
{
    bool is_group = is_tag(tag, "g"), ends_group = is_tag(tag, "/g");
    if (is_group && cleaner->pending_count < DEPTH_MAX) {
        cleaner->pending[cleaner->pending_count++] = *tag;
    } else if (ends_group && cleaner->pending_count > 0) {
        cleaner->pending_count--;
    } else if (ends_group) {
        fputs("</g>\n", cleaner->out);
    } else {
        flush(cleaner);
        write_tag(cleaner->out, tag);
    }
}

/* What is between tags: the words of a <text>. */
static void take_words(struct cleaner *cleaner, struct piece words)
{
    while (words.from < words.end && isspace((unsigned char)*words.from)) {
        words.from++;
    }
    if (words.from < words.end) {
        flush(cleaner);
        fwrite(words.from, 1, (size_t)(words.end - words.from), cleaner->out);
    }
}

/* Behind an element that is left out with all that is in it; NULL if the tag is none. */
static const char *skip(const struct piece *tag)
{
    static const char *const names[] = {"defs", "title", "desc"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char end[16];
        snprintf(end, sizeof end, "</%s>", names[i]);
        const char *found = is_tag(tag, names[i]) ? strstr(tag->end, end) : NULL;
        if (found != NULL) {
            return found + strlen(end);
        }
    }
    return NULL;
}

static void write_inside(FILE *out, const char *at, const char *end)
{
    struct cleaner cleaner = {.out = out};
    while (at < end) {
        const char *open = memchr(at, '<', (size_t)(end - at));
        take_words(&cleaner, (struct piece){at, open == NULL ? end : open});
        const char *close = open == NULL ? NULL : memchr(open, '>', (size_t)(end - open));
        if (close == NULL) {
            return;
        }
        const struct piece tag = {open, close};
        const char *behind = skip(&tag);
        if (behind == NULL) {
            take_tag(&cleaner, &tag);
        }
        at = behind == NULL ? close + 1 : behind;
    }
}

static void write_head(FILE *out, const struct piece *tag, const char *title)
{
    struct piece name, value;
    const char *at = tag->from + 4;
    fputs("<svg", out);
    while ((at = next_attribute(&name, &value, at, tag->end)) != NULL) {
        if (is_name(&name, "viewBox")) {
            fputs(" viewBox=\"", out);
            write_value(out, &value);
            fputc('"', out);
        }
    }
    fputs(" role=\"img\" aria-label=\"", out);
    html_text(out, title);
    fputs("\">\n", out);
}

const char *svgtext_write(FILE *out, const char *text, const char *title)
{
    const char *from = strstr(text, "<svg"), *close = from == NULL ? NULL : strchr(from, '>');
    const char *end = close == NULL ? NULL : strstr(close, "</svg>");
    if (end == NULL) {
        return NULL;
    }
    write_head(out, &(const struct piece){from, close}, title);
    write_inside(out, close + 1, end);
    fputs("</svg>\n", out);
    return end + strlen("</svg>");
}
