/* reader.c: one reading of a scenario: places on the Lua stack, errors as diagnostics, evaluation.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/reader.h"

#include "scenarios/lang/library.h"
#include "scenarios/lang/locate.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reader *reader_of(lua_State *lua)
{
    return sandbox_of(lua)->owner;
}

const char *reader_text(lua_State *lua, const char *text)
{
    const char *copy = keep_text(reader_of(lua)->keep, text, strlen(text));
    if (copy == NULL)
        luaL_error(lua, "not enough memory");
    return copy;
}

static const char *join(lua_State *lua, const char *folder, const char *name)
{
    if (strcmp(folder, ".") == 0 || name[0] == '/')
        return name;
    const char *path = reader_text(lua, lua_pushfstring(lua, "%s/%s", folder, name));
    lua_pop(lua, 1);
    return path;
}

const char *reader_file(lua_State *lua, const char *name, bool is_typed)
{
    const char *beside = join(lua, reader_of(lua)->sources->folder, name);
    const char *first = is_typed ? name : beside, *second = is_typed ? beside : name;
    const char *found = access(first, F_OK) == 0 ? first : access(second, F_OK) == 0 ? second : NULL;
    return found == NULL ? NULL : reader_text(lua, found);
}

const char *reader_typed_param(const struct reader *reader, const char *text)
{
    const char *name = NULL;
    for (size_t i = 0; i < reader->setting_count; i++)
        for (size_t k = 0; k < reader->param_count; k++)
            if (strcmp(reader->settings[i].path, reader->params[k].name) == 0 &&
                strcmp(reader->params[k].value, text) == 0)
                name = reader->params[k].name;
    return name;
}

bool reader_where(lua_State *lua, struct source **source, unsigned *line)
{
    lua_Debug frame;
    for (int level = 0; lua_getstack(lua, level, &frame) != 0; level++) {
        lua_getinfo(lua, "Sl", &frame);
        *source = source_by_name(reader_of(lua)->sources, frame.short_src);
        if (*source == NULL || frame.currentline <= 0)
            continue;
        *line = (unsigned)frame.currentline;
        return true;
    }
    return false;
}

struct place reader_place(lua_State *lua, const char *word)
{
    struct source *source;
    unsigned line;
    if (!reader_where(lua, &source, &line) && reader_of(lua)->fallback.line > 0)
        return reader_of(lua)->fallback;
    if (!reader_where(lua, &source, &line))
        return (struct place){reader_of(lua)->sources->items[0].path, 0, 0};
    return (struct place){source->path, line, locate_word(source->text, line, word)};
}

int reader_handler(lua_State *lua)
{
    struct source *source;
    unsigned line;
    const char *text = lua_type(lua, 1) == LUA_TSTRING || lua_type(lua, 1) == LUA_TNUMBER
                           ? lua_tostring(lua, 1)
                           : lua_pushfstring(lua, "an error that is no text but a %s", luaL_typename(lua, 1));
    struct place place;
    reader_split_error(&place, reader_of(lua)->sources, text);
    if (place.line == 0 && reader_where(lua, &source, &line))
        lua_pushfstring(lua, "%s:%d: %s", source->name, (int)line, text);
    else
        lua_pushstring(lua, text);
    return 1;
}

/* The word between the last pair of quotes in an error text: what it is about. */
static bool quoted_word(char word[128], const char *text)
{
    const char *begin = strchr(text, '\'');
    const char *end = begin != NULL ? strchr(begin + 1, '\'') : NULL;
    if (end == NULL || end == begin + 1 || end - begin > 100)
        return false;
    memcpy(word, begin + 1, (size_t)(end - begin) - 1);
    word[end - begin - 1] = '\0';
    return true;
}

/* "x:12: " of Lua with x the name of a source: returns what follows. */
static const char *skip_position(struct source **source, unsigned *line, struct source_set *sources, const char *text)
{
    for (size_t i = 0; i < sources->count; i++) {
        size_t length = strlen(sources->items[i].name);
        if (strncmp(text, sources->items[i].name, length) != 0 || text[length] != ':')
            continue;
        char *end;
        unsigned long number = strtoul(text + length + 1, &end, 10);
        if (end == text + length + 1 || end[0] != ':' || number > 100000000)
            continue;
        *source = &sources->items[i];
        *line = (unsigned)number;
        return end[1] == ' ' ? end + 2 : end + 1;
    }
    return NULL;
}

const char *reader_split_error(struct place *place, struct source_set *sources, const char *text)
{
    struct source *source;
    unsigned line;
    char word[128];
    const char *rest = skip_position(&source, &line, sources, text);
    if (rest == NULL) {
        *place = (struct place){sources->count > 0 ? sources->items[0].path : NULL, 0, 0};
        return text;
    }
    const char *about = strstr(rest, "near '");
    bool has_word = quoted_word(word, about != NULL ? about : rest);
    *place = (struct place){source->path, line, locate_word(source->text, line, has_word ? word : NULL)};
    return rest;
}

/* "#!" on the first line is for the shell; the line end stays so that lines keep their numbers. */
static const char *skip_first_line(const struct source *source)
{
    return source->text[0] == '#' ? source->text + strcspn(source->text, "\n") : source->text;
}

bool reader_evaluate(lua_State *lua, struct source *source)
{
    const char *text = skip_first_line(source);
    size_t size = source->size - (size_t)(text - source->text);
    luaL_checkstack(lua, 8, "evaluating a file");
    if (source->running) {
        lua_pushfstring(lua, "%s includes itself", source->name);
        return false;
    }
    lua_pushcfunction(lua, reader_handler);
    int handler = lua_gettop(lua);
    const char *chunk = lua_pushfstring(lua, "=%s", source->name);
    int status = luaL_loadbufferx(lua, text, size, chunk, "t");
    if (status == LUA_OK) {
        source->running = true;
        status = lua_pcall(lua, 0, 1, handler);
        source->running = false;
    }
    lua_replace(lua, handler);
    lua_settop(lua, handler);
    return status == LUA_OK;
}
