/* value.c: one scalar of a scenario: read by its kind, checked for its range, stored.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/check.h"

#include "scenarios/lang/library.h"
#include "scenarios/lang/plain.h"
#include "scenarios/lang/suggest.h"

#include <errno.h>
#include <inttypes.h>
#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What was given, whether in the file, by --set or as the default. */
struct given {
    enum { GIVEN_TEXT, GIVEN_INTEGER, GIVEN_NUMBER, GIVEN_OTHER } type;
    const char *text; /* GIVEN_TEXT: itself; else how it is shown */
    int64_t integer;
    double number;
    bool from_setting;
};

/* Text as it is shown in messages: strings in quotes. */
static const char *shown(char out[160], const struct given *given)
{
    snprintf(out, 160, given->type == GIVEN_TEXT ? "\"%.120s\"" : "%.120s", given->text);
    return out;
}

/* The value on top of the stack, the setting for the path, or the default. */
static struct given read_given(struct check *check, const struct schema_field *field)
{
    lua_State *lua = check->lua;
    const struct scenario_setting *setting = check_setting(check, check->path);
    if (setting != NULL)
        return (struct given){.type = GIVEN_TEXT, .text = setting->value, .from_setting = true};
    switch (lua_type(lua, -1)) {
    case LUA_TNIL:
        return (struct given){.type = GIVEN_TEXT, .text = field->default_text};
    case LUA_TSTRING:
        return (struct given){.type = GIVEN_TEXT, .text = reader_text(lua, lua_tostring(lua, -1))};
    case LUA_TNUMBER: {
        struct given given = {.type = lua_isinteger(lua, -1) ? GIVEN_INTEGER : GIVEN_NUMBER,
                              .integer = lua_tointeger(lua, -1),
                              .number = lua_tonumber(lua, -1)};
        given.text = reader_text(lua, library_text(lua, -1));
        lua_pop(lua, 1);
        return given;
    }
    default:
        return (struct given){.type = GIVEN_OTHER, .text = lua_typename(lua, lua_type(lua, -1))};
    }
}

static void must_be(struct check *check, const struct given *given, const char *what)
{
    char text[160];
    check_error(check, NULL, "%s must be %s, got %s", check->path, what, shown(text, given));
}

static bool is_word(const struct schema_field *field, const struct given *given)
{
    return field->word != NULL && given->type == GIVEN_TEXT && strcmp(field->word, given->text) == 0;
}

/* ", or \"unlimited\"", if there is such a word. */
static const char *or_word(char out[64], const struct schema_field *field)
{
    out[0] = '\0';
    if (field->word != NULL)
        snprintf(out, 64, ", or \"%s\"", field->word);
    return out;
}

/* Atoms of a bound of the schema, which is right by construction: a test reads them all. */
static int64_t bound_atoms(const char *text, enum dimension dimension)
{
    struct quantity bound = {dimension, 0};
    if (quantity_parse(&bound, text, DIMENSION_BIT(dimension)) != QUANTITY_OK)
        abort();
    return bound.atoms;
}

static bool in_range(struct check *check, const struct schema_field *field, const struct quantity *quantity,
                     const struct given *given)
{
    char text[160], word[64];
    if ((field->min == NULL || quantity->atoms >= bound_atoms(field->min, field->stored)) &&
        (field->max == NULL || quantity->atoms <= bound_atoms(field->max, field->stored)))
        return true;
    check_error(check, NULL, "%s = %s is outside %s .. %s%s", check->path, shown(text, given), field->min, field->max,
                or_word(word, field));
    return false;
}

static void wait_for_rules(struct check *check, const struct schema_field *field, const struct quantity *quantity,
                           void *out)
{
    if (check->pending_count == PENDING_MAX)
        luaL_error(check->lua, "too many quantities to convert");
    struct pending *pending = &check->pending[check->pending_count++];
    *pending = (struct pending){.field = field, .out = out, .quantity = *quantity};
    snprintf(pending->path, sizeof pending->path, "%s", check->path);
}

static void store(const struct schema_field *field, int64_t value, void *out)
{
    if (field->store == STORE_DOUBLE)
        *(double *)out = (double)value;
    else
        *(int64_t *)out = value;
}

static enum quantity_result parse(struct quantity *quantity, const struct schema_field *field,
                                  const struct given *given)
{
    unsigned dimensions = schema_dimensions(field);
    bool one = (dimensions & (dimensions - 1)) == 0;
    if (given->type == GIVEN_TEXT)
        return quantity_parse(quantity, given->text, dimensions);
    if (!one && given->number != 0)
        return QUANTITY_NO_UNIT;
    if (given->type == GIVEN_INTEGER)
        return quantity_from_integer(quantity, given->integer, field->stored);
    return quantity_from_number(quantity, given->number, field->stored);
}

/* A number that came out of a calculation is rounded to what is kept; text that is finer is an error. */
static bool whole_units(struct quantity *quantity, const struct schema_field *field, const struct given *given)
{
    int64_t rest = quantity->dimension == field->stored ? quantity->atoms % field->atoms : 0;
    if (rest == 0)
        return true;
    if (given->type != GIVEN_NUMBER)
        return false;
    quantity->atoms = llround((double)quantity->atoms / (double)field->atoms) * field->atoms;
    return true;
}

static void check_quantity(struct check *check, const struct schema_field *field, const struct given *given, void *out)
{
    struct quantity quantity;
    char why[300], word[64], text[160];
    if (given->type == GIVEN_OTHER) {
        must_be(check, given, quantity_expected(why, sizeof why, schema_dimensions(field)));
        return;
    }
    enum quantity_result result = parse(&quantity, field, given);
    if (result == QUANTITY_OK && !whole_units(&quantity, field, given))
        result = QUANTITY_TOO_FINE;
    if (result != QUANTITY_OK) {
        quantity_explain(why, sizeof why, result, given->text, schema_dimensions(field));
        check_error(check, NULL, "%s = %s: %s%s", check->path, shown(text, given), why, or_word(word, field));
    } else if (quantity.dimension != field->stored) {
        wait_for_rules(check, field, &quantity, out);
    } else if (in_range(check, field, &quantity, given)) {
        store(field, quantity.atoms / field->atoms, out);
    }
}

static void check_date(struct check *check, const struct schema_field *field, const struct given *given, void *out)
{
    char word[64], what[160];
    if (given->type == GIVEN_TEXT && date_parse(out, given->text))
        return;
    snprintf(what, sizeof what, "a date (as in \"2018-03-01\" or \"2018-03-01 12:30\")%s", or_word(word, field));
    must_be(check, given, what);
}

/* All of the text as a number without sign. */
static bool read_unsigned(uint64_t *value, const struct given *given)
{
    if (given->type == GIVEN_INTEGER && given->integer >= 0) {
        *value = (uint64_t)given->integer;
        return true;
    }
    if (given->type == GIVEN_NUMBER && given->number >= 0 && given->number < 9e15 &&
        trunc(given->number) == given->number) {
        *value = (uint64_t)given->number;
        return true;
    }
    if (given->type != GIVEN_TEXT || given->text[0] < '0' || given->text[0] > '9')
        return false;
    char *end;
    errno = 0;
    *value = strtoull(given->text, &end, 10);
    return *end == '\0' && errno == 0;
}

static void check_integer(struct check *check, const struct schema_field *field, const struct given *given, void *out)
{
    char what[160], word[64];
    uint64_t value;
    uint64_t low = strtoull(field->min, NULL, 10), high = strtoull(field->max, NULL, 10);
    if (!read_unsigned(&value, given) || value < low || value > high) {
        snprintf(what, sizeof what, "a whole number in %s .. %s%s", field->min, field->max, or_word(word, field));
        must_be(check, given, what);
    } else if (field->store == STORE_UINT32) {
        *(uint32_t *)out = (uint32_t)value;
    } else {
        *(uint64_t *)out = value;
    }
}

static void check_enum(struct check *check, const struct schema_field *field, const struct given *given, void *out)
{
    struct suggestion suggestion;
    char near[96], what[200] = "one of ", text[160];
    suggest_begin(&suggestion, given->text);
    for (int i = 0; field->names[i] != NULL; i++) {
        if (given->type == GIVEN_TEXT && strcmp(field->names[i], given->text) == 0) {
            *(int *)out = i;
            return;
        }
        suggest_offer(&suggestion, field->names[i]);
        size_t used = strlen(what);
        snprintf(what + used, sizeof what - used, "%s\"%s\"", i > 0 ? ", " : "", field->names[i]);
    }
    check_error(check, NULL, "%s must be %s, got %s%s", check->path, what, shown(text, given),
                given->type == GIVEN_TEXT ? suggest_text(near, &suggestion) : "");
}

static void check_path(struct check *check, const struct given *given, void *out)
{
    const char *name = given->text;
    if (given->type != GIVEN_TEXT || name[0] == '\0') {
        must_be(check, given, "the name of a file");
        return;
    }
    bool is_typed = given->from_setting || reader_typed_param(check->reader, name) != NULL;
    const char *opened = reader_file(check->lua, name, is_typed);
    if (opened == NULL) {
        check_error(check, NULL, "%s = \"%s\": no such file, neither beside the scenario nor in the working folder",
                    check->path, name);
        return;
    }
    if (*check->given_path_count == GIVEN_PATHS_MAX)
        luaL_error(check->lua, "too many files");
    check->given_paths[(*check->given_path_count)++] = (struct given_path){opened, reader_text(check->lua, name)};
    *(const char **)out = opened;
}

static void check_string(struct check *check, const struct given *given, void *out)
{
    if (given->type != GIVEN_TEXT || strlen(given->text) > 200)
        must_be(check, given, "a string of no more than 200 bytes");
    else if (!plain_is(given->text))
        must_be(check, given, "text in UTF-8 without control characters");
    else
        *(const char **)out = reader_text(check->lua, given->text);
}

void check_value(struct check *check, const struct schema_field *field, void *out)
{
    size_t length = 0;
    if (lua_type(check->lua, -1) == LUA_TSTRING && strlen(lua_tolstring(check->lua, -1, &length)) != length) {
        check_error(check, NULL, "%s has a zero byte in its text", check->path);
        return;
    }
    struct given given = read_given(check, field);
    if (given.text == NULL)
        check_missing(check, field->help);
    else if (is_word(field, &given) && field->kind == KIND_INTEGER)
        *(uint32_t *)out = (uint32_t)field->word_value;
    else if (is_word(field, &given))
        *(int64_t *)out = field->word_value;
    else if (field->kind == KIND_QUANTITY)
        check_quantity(check, field, &given, out);
    else if (field->kind == KIND_DATE)
        check_date(check, field, &given, out);
    else if (field->kind == KIND_INTEGER)
        check_integer(check, field, &given, out);
    else if (field->kind == KIND_ENUM)
        check_enum(check, field, &given, out);
    else if (field->kind == KIND_PATH)
        check_path(check, &given, out);
    else
        check_string(check, &given, out);
}
