/* locate.c: where in the text a field stands: from "building on line 7" to the column of `outlets =`.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/locate.h"

#include <string.h>

#define CALLS_MAX 256

void scanner_begin(struct scanner *scanner, const char *text)
{
    *scanner = (struct scanner){text, 0, 1};
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Level of the long bracket [==[ that opens here, -1: none. */
static int long_bracket(const char *text)
{
    int level = 0;
    if (*text != '[')
        return -1;
    while (text[1 + level] == '=')
        level++;
    return text[1 + level] == '[' ? level : -1;
}

static void advance(struct scanner *scanner, size_t bytes)
{
    for (; bytes > 0 && scanner->text[scanner->at] != '\0'; bytes--)
        if (scanner->text[scanner->at++] == '\n')
            scanner->line++;
}

static void skip_long(struct scanner *scanner, int level)
{
    advance(scanner, (size_t)level + 2);
    for (; scanner->text[scanner->at] != '\0'; advance(scanner, 1)) {
        const char *p = scanner->text + scanner->at;
        if (*p != ']')
            continue;
        int equals = 0;
        while (p[1 + equals] == '=')
            equals++;
        if (equals == level && p[1 + equals] == ']') {
            advance(scanner, (size_t)level + 2);
            return;
        }
    }
}

static void skip_comment(struct scanner *scanner)
{
    int level = long_bracket(scanner->text + scanner->at + 2);
    advance(scanner, 2);
    if (level >= 0) {
        skip_long(scanner, level);
        return;
    }
    while (scanner->text[scanner->at] != '\0' && scanner->text[scanner->at] != '\n')
        scanner->at++;
}

static void skip_blank(struct scanner *scanner)
{
    for (;;) {
        const char *p = scanner->text + scanner->at;
        if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n' || *p == '\f' || *p == '\v')
            advance(scanner, 1);
        else if (p[0] == '-' && p[1] == '-')
            skip_comment(scanner);
        else
            return;
    }
}

static void skip_quoted(struct scanner *scanner)
{
    char quote = scanner->text[scanner->at];
    for (scanner->at++; scanner->text[scanner->at] != '\0'; advance(scanner, 1)) {
        char c = scanner->text[scanner->at];
        if (c == '\\')
            advance(scanner, 1);
        else if (c == quote || c == '\n') {
            advance(scanner, c == quote);
            return;
        }
    }
}

struct token scanner_next(struct scanner *scanner)
{
    skip_blank(scanner);
    const char *p = scanner->text + scanner->at;
    struct token token = {TOKEN_END, scanner->at, 0, scanner->line};
    if (*p == '\0')
        return token;
    if (is_letter(*p)) {
        token.kind = TOKEN_NAME;
        while (is_letter(*p) || is_digit(*p))
            p++;
        scanner->at = (size_t)(p - scanner->text);
    } else if (*p == '"' || *p == '\'') {
        token.kind = TOKEN_STRING;
        skip_quoted(scanner);
    } else if (long_bracket(p) >= 0) {
        token.kind = TOKEN_STRING;
        skip_long(scanner, long_bracket(p));
    } else if (is_digit(*p)) {
        token.kind = TOKEN_NUMBER;
        while (is_letter(*p) || is_digit(*p) || *p == '.')
            p++;
        scanner->at = (size_t)(p - scanner->text);
    } else {
        token.kind = TOKEN_SIGN;
        scanner->at++;
    }
    token.length = scanner->at - token.at;
    return token;
}

static bool is_sign(const struct scanner *scanner, const struct token *token, const char *signs)
{
    return token->kind == TOKEN_SIGN && strchr(signs, scanner->text[token->at]) != NULL;
}

static bool is_name(const struct scanner *scanner, const struct token *token, const char *name)
{
    return token->kind == TOKEN_NAME && strlen(name) == token->length &&
           memcmp(scanner->text + token->at, name, token->length) == 0;
}

/* From just behind an opening bracket to just behind its closing one. */
static void skip_group(struct scanner *scanner)
{
    for (unsigned depth = 1; depth > 0;) {
        struct token token = scanner_next(scanner);
        if (token.kind == TOKEN_END)
            return;
        if (is_sign(scanner, &token, "({["))
            depth++;
        else if (is_sign(scanner, &token, ")}]"))
            depth--;
    }
}

/* After the function's name: the brace of its table argument. */
static bool brace_of_call(size_t *brace, struct scanner scanner)
{
    struct token token = scanner_next(&scanner);
    if (is_sign(&scanner, &token, "(")) {
        struct scanner inside = scanner;
        struct token first = scanner_next(&inside);
        if (is_sign(&inside, &first, "{")) {
            *brace = first.at;
            return true;
        }
        skip_group(&scanner);
        token = scanner_next(&scanner);
    } else if (token.kind == TOKEN_STRING) {
        token = scanner_next(&scanner);
    }
    *brace = token.at;
    return is_sign(&scanner, &token, "{");
}

bool locate_call(size_t *begin, size_t *brace, const char *text, unsigned line, const char *name, unsigned nth)
{
    size_t begins[CALLS_MAX], braces[CALLS_MAX], found = 0;
    struct scanner scanner;
    scanner_begin(&scanner, text);
    struct token chain = {TOKEN_END, 0, 0, 0};
    bool dotted = false;
    for (struct token token = scanner_next(&scanner); token.kind != TOKEN_END; token = scanner_next(&scanner)) {
        if (token.line > line && chain.line > line)
            break;
        if (token.kind == TOKEN_NAME && !dotted)
            chain = token;
        dotted = is_sign(&scanner, &token, ".");
        bool called = name != NULL ? is_name(&scanner, &token, name) : token.kind == TOKEN_NAME;
        if (chain.line != line || !called || found == CALLS_MAX)
            continue;
        if (brace_of_call(&braces[found], scanner))
            begins[found++] = chain.at;
    }
    if (found == 0)
        return false;
    *begin = begins[nth % found];
    *brace = braces[nth % found];
    return true;
}

/* One entry of a table constructor, read from its first token. */
struct entry {
    struct token key; /* TOKEN_END: positional */
    size_t value_at;
};

/* token: first token of the entry. Leaves the scanner at the value. */
static struct entry entry_read(struct scanner *scanner, struct token token)
{
    struct entry entry = {.key = {TOKEN_END, 0, 0, 0}, .value_at = token.at};
    struct scanner ahead = *scanner;
    struct token next = scanner_next(&ahead);
    bool bracket = is_sign(scanner, &token, "[");
    if (bracket) {
        struct token key = next;
        struct token close = scanner_next(&ahead);
        if (!is_sign(&ahead, &close, "]"))
            return entry;
        token = key;
        next = scanner_next(&ahead);
    } else if (token.kind != TOKEN_NAME) {
        return entry;
    }
    if (!is_sign(&ahead, &next, "=") || ahead.text[ahead.at] == '=')
        return entry;
    entry.key = token;
    *scanner = ahead;
    skip_blank(&ahead);
    entry.value_at = ahead.at;
    return entry;
}

static bool key_is(const char *text, const struct token *key, const char *name)
{
    size_t at = key->at, length = key->length;
    if (key->kind == TOKEN_STRING && length >= 2) {
        at++;
        length -= 2;
    } else if (key->kind != TOKEN_NAME) {
        return false;
    }
    return strlen(name) == length && memcmp(text + at, name, length) == 0;
}

/* To the separator behind the entry; false: the table ends. */
static bool skip_entry(struct scanner *scanner, struct token token)
{
    for (;; token = scanner_next(scanner)) {
        if (token.kind == TOKEN_END || is_sign(scanner, &token, "}"))
            return false;
        if (is_sign(scanner, &token, ",;"))
            return true;
        if (is_sign(scanner, &token, "({["))
            skip_group(scanner);
    }
}

bool locate_entry(size_t *key_at, size_t *value_at, const char *text, size_t brace, const char *key, size_t index)
{
    struct scanner scanner;
    scanner_begin(&scanner, text);
    scanner.at = brace + 1; /* lines are not asked for here */
    size_t position = 0;
    for (;;) {
        struct token token = scanner_next(&scanner);
        if (token.kind == TOKEN_END || is_sign(&scanner, &token, "}"))
            return false;
        struct entry entry = entry_read(&scanner, token);
        bool positional = entry.key.kind == TOKEN_END;
        position += positional;
        if (key != NULL ? !positional && key_is(text, &entry.key, key) : positional && position == index) {
            *key_at = positional ? entry.value_at : entry.key.at;
            *value_at = entry.value_at;
            return true;
        }
        if (!positional)
            token = scanner_next(&scanner);
        if (!skip_entry(&scanner, token))
            return false;
    }
}

void locate_offset(unsigned *line, unsigned *column, const char *text, size_t offset)
{
    *line = 1;
    size_t start = 0;
    for (size_t i = 0; i < offset && text[i] != '\0'; i++)
        if (text[i] == '\n') {
            (*line)++;
            start = i + 1;
        }
    *column = (unsigned)(offset - start) + 1;
}

unsigned locate_word(const char *text, unsigned line, const char *word)
{
    struct scanner scanner;
    scanner_begin(&scanner, text);
    size_t first = 0, found = 0;
    bool any = false, hit = false;
    for (struct token token = scanner_next(&scanner); token.kind != TOKEN_END && token.line <= line && !hit;
         token = scanner_next(&scanner)) {
        if (token.line != line)
            continue;
        if (!any)
            first = token.at;
        any = true;
        hit = word != NULL && strlen(word) == token.length && memcmp(text + token.at, word, token.length) == 0;
        found = token.at;
    }
    unsigned at_line, column = 0;
    if (any)
        locate_offset(&at_line, &column, text, hit ? found : first);
    return column;
}
