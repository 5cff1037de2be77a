/* origin.c: which call made a table: its class, and the place of each of its fields.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Kept beside the tables, in Lua's registry, so that scripts see plain tables: table -> packed origin; table -> field
 * -> "packed path" for what k.extend has changed; (source, line, kind) -> number of calls so far.
 */
#include "scenarios/lang/origin.h"

#include "scenarios/lang/locate.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static const char origins_key = 'o', fields_key = 'f', calls_key = 'c';

static lua_Integer pack(const struct origin *origin)
{
    uint64_t class = origin->class != NULL ? (uint64_t)(origin->class - schema_classes) + 1 : 0;
    uint64_t packed = (uint64_t)origin->kind | class << 4 | (uint64_t)origin->source << 12 |
                      (uint64_t)(origin->line & 0xffffff) << 20 | (uint64_t)(origin->nth & 0xffff) << 44;
    return (lua_Integer)packed;
}

static struct origin unpack(lua_Integer value)
{
    uint64_t packed = (uint64_t)value;
    size_t class = packed >> 4 & 0xff;
    return (struct origin){.kind = (enum origin_kind)(packed & 15),
                           .class = class > 0 ? &schema_classes[class - 1] : NULL,
                           .source = packed >> 12 & 0xff,
                           .line = packed >> 20 & 0xffffff,
                           .nth = packed >> 44 & 0xffff};
}

/* Pushes the registry's table of that key. */
static void push_table(lua_State *lua, const char *key)
{
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, key) != LUA_TNIL)
        return;
    lua_pop(lua, 1);
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, key);
}

/* Counts the calls of one kind on one line. */
static unsigned count_call(lua_State *lua, const struct origin *origin)
{
    push_table(lua, &calls_key);
    lua_rawgeti(lua, -1, pack(origin));
    lua_Integer count = lua_tointeger(lua, -1);
    lua_pop(lua, 1);
    lua_pushinteger(lua, count + 1);
    lua_rawseti(lua, -2, pack(origin));
    lua_pop(lua, 1);
    return (unsigned)count;
}

void origin_copy(lua_State *lua, int index, const struct origin *origin)
{
    index = lua_absindex(lua, index);
    push_table(lua, &origins_key);
    lua_pushvalue(lua, index);
    lua_pushinteger(lua, pack(origin));
    lua_rawset(lua, -3);
    lua_pop(lua, 1);
}

void origin_mark(lua_State *lua, int index, enum origin_kind kind, const struct schema_class *class)
{
    struct origin origin = {.kind = kind, .class = class};
    struct source *source;
    index = lua_absindex(lua, index);
    if (reader_where(lua, &source, &origin.line)) {
        origin.source = (unsigned)(source - reader_of(lua)->sources->items);
        origin.nth = count_call(lua, &origin);
    }
    origin_copy(lua, index, &origin);
}

struct origin origin_of(lua_State *lua, int index)
{
    index = lua_absindex(lua, index);
    push_table(lua, &origins_key);
    lua_pushvalue(lua, index);
    lua_rawget(lua, -2);
    struct origin origin = unpack(lua_tointeger(lua, -1));
    lua_pop(lua, 2);
    return origin;
}

void origin_field_set(lua_State *lua, int index, const char *field, const struct origin *extend, const char *path)
{
    index = lua_absindex(lua, index);
    push_table(lua, &fields_key);
    lua_pushvalue(lua, index);
    if (lua_rawget(lua, -2) == LUA_TNIL) {
        lua_pop(lua, 1);
        lua_newtable(lua);
        lua_pushvalue(lua, index);
        lua_pushvalue(lua, -2);
        lua_rawset(lua, -4);
    }
    lua_pushfstring(lua, "%I %s", (LUAI_UACINT)pack(extend), path);
    lua_setfield(lua, -2, field);
    lua_pop(lua, 2);
}

void origin_fields_copy(lua_State *lua, int to, int from)
{
    to = lua_absindex(lua, to);
    from = lua_absindex(lua, from);
    push_table(lua, &fields_key);
    lua_pushvalue(lua, from);
    if (lua_rawget(lua, -2) == LUA_TTABLE) {
        lua_newtable(lua);
        for (lua_pushnil(lua); lua_next(lua, -3) != 0;) {
            lua_pushvalue(lua, -2);
            lua_insert(lua, -2);
            lua_rawset(lua, -4);
        }
        lua_pushvalue(lua, to);
        lua_insert(lua, -2);
        lua_rawset(lua, -4);
    }
    lua_pop(lua, 2);
}

/* Where a call's table begins in its text. */
struct found {
    const struct source *source;
    size_t begin, brace;
    bool has_brace;
};

static struct found find_call(lua_State *lua, const struct origin *origin)
{
    struct found found = {.source = &reader_of(lua)->sources->items[origin->source]};
    const char *name = origin->kind == ORIGIN_PARAM ? "param" : origin->kind == ORIGIN_EXTEND ? "extend" : "";
    if (origin->class != NULL)
        name = strrchr(origin->class->name, '.') != NULL ? strrchr(origin->class->name, '.') + 1 : origin->class->name;
    const char *text = found.source->text;
    /* Under another name (misspelt, or kept in a local), the first call on the line is the best guess. */
    found.has_brace = locate_call(&found.begin, &found.brace, text, origin->line, name, origin->nth) ||
                      locate_call(&found.begin, &found.brace, text, origin->line, NULL, 0);
    return found;
}

/* Goes into the entries of path ("a.b"), each a table of its own. */
static bool descend(struct found *found, const char *path)
{
    const char *text = found->source->text;
    size_t key_at, value_at;
    char part[64];
    while (*path != '\0') {
        size_t length = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)length, path);
        if (!locate_entry(&key_at, &value_at, text, found->brace, part, 0) || text[value_at] != '{')
            return false;
        found->brace = value_at;
        path += length + (path[length] == '.');
    }
    return true;
}

static struct place place_in(const struct found *found, const struct origin *origin, const char *field, size_t item)
{
    const char *text = found->source->text;
    struct place place = {found->source->path, origin->line, locate_word(text, origin->line, NULL)};
    size_t key_at, value_at, at = found->begin;
    if (!found->has_brace)
        return place;
    bool has_field = field != NULL && locate_entry(&key_at, &value_at, text, found->brace, field, 0);
    if (has_field)
        at = key_at;
    size_t brace = has_field ? value_at : found->brace;
    bool is_list = item > 0 && (field == NULL || has_field) && text[brace] == '{';
    if (is_list && locate_entry(&key_at, &value_at, text, brace, NULL, item))
        at = key_at;
    locate_offset(&place.line, &place.column, text, at);
    return place;
}

/* Was the field written by a k.extend? */
static bool changed_field(lua_State *lua, int index, const char *field, struct origin *extend, char path[200])
{
    bool changed = false;
    push_table(lua, &fields_key);
    lua_pushvalue(lua, index);
    if (lua_rawget(lua, -2) == LUA_TTABLE) {
        lua_getfield(lua, -1, field);
        const char *text = lua_tostring(lua, -1);
        char *end;
        if (text != NULL) {
            *extend = unpack((lua_Integer)strtoll(text, &end, 10));
            snprintf(path, 200, "%s", end + 1);
            changed = true;
        }
        lua_pop(lua, 1);
    }
    lua_pop(lua, 2);
    return changed;
}

bool origin_place(struct place *place, lua_State *lua, int index, const char *field, size_t item)
{
    struct origin origin = origin_of(lua, index), extend;
    char path[200];
    index = lua_absindex(lua, index);
    if (field != NULL && changed_field(lua, index, field, &extend, path)) {
        struct found found = find_call(lua, &extend);
        found.has_brace = found.has_brace && descend(&found, path);
        *place = place_in(&found, &extend, field, item);
        return true;
    }
    if (origin.kind == ORIGIN_NONE || origin.line == 0)
        return false;
    struct found found = find_call(lua, &origin);
    *place = place_in(&found, &origin, field, item);
    return true;
}
