/* json.h: JSON written piece by piece; a number that is none becomes null.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_JSON_H
#define KONSENTO_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A writer; begin with {.out = FILE}. key: NULL inside an array. */
struct json {
    FILE *out;
    bool has_before; /* a comma is due */
};

void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *key);
void json_close_array(struct json *json);
void json_text(struct json *json, const char *key, const char *text);
void json_unsigned(struct json *json, const char *key, uint64_t number);
/* The fewest digits that read back as the same double; null if not finite. */
void json_real(struct json *json, const char *key, double number);

#endif
