/* guard.h: what every text from outside has to pass before anybody reads it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A message is at most 16 KiB of UTF-8 without zeros; JSON in it is nested at most 8 deep and has at most 256 parts.
 * Numbers are finite and in the range that the field has. Fields that nobody knows are ignored; one that is known and
 * of another type, or that comes twice, is a fault of the message.
 */
#ifndef KONSENTO_HWBRIDGE_GUARD_H
#define KONSENTO_HWBRIDGE_GUARD_H

#include "hwbridge/driver.h"

#define GUARD_BYTES_MAX 16384
#define GUARD_DEPTH_MAX 8
#define GUARD_PARTS_MAX 256

/* A reason, or that there is none. */
enum guard_result { GUARD_OK = -1 };

/* Returns GUARD_OK or an enum hw_reject. */
int guard_text(const void *bytes, size_t length);

/* A JSON document that passed. */
struct guard_json {
    void *root;
};
/* Returns GUARD_OK or an enum hw_reject. Owns: guard_close, if OK. */
int guard_json(struct guard_json *json, const void *bytes, size_t length);
void guard_close(struct guard_json *json);

/* A part of it; item NULL: it is not there. */
struct guard_node {
    const void *item;
};
struct guard_node guard_root(const struct guard_json *json);
/* In: path, names parted by '/' */
struct guard_node guard_find(struct guard_node node, const char *path);
bool guard_is_there(struct guard_node node);
bool guard_is_object(struct guard_node node);
size_t guard_count(struct guard_node node); /* of an array; 0 if it is none */
struct guard_node guard_at(struct guard_node array, size_t index);
/* Out: value. Returns GUARD_OK; HW_REJECT_TYPE if it is not there or of another type; HW_REJECT_RANGE. */
int guard_number(double *value, struct guard_node node, double least, double most);
/* A number, or the sum of an array of them: one per phase. */
int guard_sum(double *value, struct guard_node node, double least, double most);
int guard_bool(bool *value, struct guard_node node);
/* Returns the text, NULL if it is none. Lives as long as the document. */
const char *guard_string(struct guard_node node);

/* A decimal number that is the whole text, as OCPP writes them. Returns as guard_number. */
int guard_decimal(double *value, const char *text, double least, double most);

#endif
