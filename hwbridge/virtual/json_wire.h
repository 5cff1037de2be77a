/* json_wire.h: JSON as a small device reads it: places in a text, no tree.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Written apart from the library that the bridge uses. A text is checked once as a whole; then members and elements are
 * found by walking over what stands before them.
 * Source: RFC 8259.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_JSON_WIRE_H
#define KONSENTO_HWBRIDGE_VIRTUAL_JSON_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value: its first byte and the one behind its last. at NULL: there is none. */
struct json {
    const char *at, *end;
};

/* Returns the value that is the whole text; none if it is not JSON, or nested more than 16 deep. */
struct json json_read(const char *text, size_t length);
struct json json_element(struct json array, size_t index);
struct json json_member(struct json object, const char *name);
bool json_is(struct json value, const char *word); /* a string of these letters */
/* Escapes of letters beyond ASCII become '?'. Returns false if it is no string or too long. */
bool json_take_text(char *text, size_t text_size, struct json value);
/* Thousandths of a number, cut off. Returns false if it is none or not within 15 digits. */
bool json_thousandths(int64_t *thousandths, struct json value);

#endif
