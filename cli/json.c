/* json.c: JSON written piece by piece.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/json.h"

#include "analysis/export.h"

#include <inttypes.h>

static void begin(struct json *json, const char *key)
{
    if (json->has_before)
        fputs(", ", json->out);
    json->has_before = true;
    if (key == NULL)
        return;
    export_json_text(json->out, key);
    fputs(": ", json->out);
}

static void open_bracket(struct json *json, const char *key, char bracket)
{
    begin(json, key);
    fputc(bracket, json->out);
    json->has_before = false;
}

static void close_bracket(struct json *json, char bracket)
{
    fputc(bracket, json->out);
    json->has_before = true;
}

void json_open_object(struct json *json, const char *key)
{
    open_bracket(json, key, '{');
}

void json_close_object(struct json *json)
{
    close_bracket(json, '}');
}

void json_open_array(struct json *json, const char *key)
{
    open_bracket(json, key, '[');
}

void json_close_array(struct json *json)
{
    close_bracket(json, ']');
}

void json_text(struct json *json, const char *key, const char *text)
{
    begin(json, key);
    export_json_text(json->out, text);
}

void json_unsigned(struct json *json, const char *key, uint64_t number)
{
    begin(json, key);
    fprintf(json->out, "%" PRIu64, number);
}

void json_real(struct json *json, const char *key, double number)
{
    begin(json, key);
    export_json_number(json->out, number);
}
