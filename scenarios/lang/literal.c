/* literal.c: Lua text that reads back as the values it was written from; grows in kept memory.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/literal.h"

#include "scenarios/lang/library.h"
#include "scenarios/lang/order.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add_bytes(struct literal *literal, const char *text, size_t length)
{
    if (literal->length + length + 1 > literal->size) {
        size_t size = 2 * (literal->length + length) + 256;
        char *bigger = keep_alloc(literal->keep, size);
        if (bigger == NULL) {
            literal->failed = true;
            return;
        }
        if (literal->length > 0)
            memcpy(bigger, literal->text, literal->length);
        literal->text = bigger;
        literal->size = size;
    }
    memcpy(literal->text + literal->length, text, length);
    literal->length += length;
    literal->text[literal->length] = '\0';
}

void literal_add(struct literal *literal, const char *text)
{
    add_bytes(literal, text, strlen(text));
}

void literal_format(struct literal *literal, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    literal_add(literal, text);
}

void literal_quote(struct literal *literal, const char *text)
{
    literal_add(literal, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c == 127)
            literal_format(literal, "\\%03d", c);
        else if (c == '"' || c == '\\')
            literal_format(literal, "\\%c", c);
        else
            add_bytes(literal, text, 1);
    }
    literal_add(literal, "\"");
}

void literal_table(struct literal *literal, lua_State *lua, int index)
{
    index = lua_absindex(lua, index);
    lua_Integer count = order_keys(lua, index);
    literal_add(literal, count > 0 ? "{ " : "{");
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, i);
        literal_add(literal, i > 1 ? ", [" : "[");
        literal_quote(literal, library_text(lua, -1));
        literal_add(literal, "] = ");
        lua_pop(lua, 1);
        lua_rawget(lua, index);
        literal_quote(literal, library_text(lua, -1));
        lua_pop(lua, 2);
    }
    literal_add(literal, count > 0 ? " }" : "}");
    lua_pop(lua, 1);
}
