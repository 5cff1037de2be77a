/* csv.h: strict reading of comma or semicolon separated text, line by line, from memory.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Accepts LF and CRLF, a UTF-8 byte order mark, fields in double quotes (a doubled quote stands for one), empty lines.
 * Refuses control characters, text that is not UTF-8, lines longer than CSV_LINE_MAX, more than CSV_FIELDS_MAX fields.
 * Numbers are decimal without exponent, read into integers: no locale, no rounding but the last.
 */
#ifndef KONSENTO_MODELS_FLEET_CSV_H
#define KONSENTO_MODELS_FLEET_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_LINE_MAX   4096
#define CSV_FIELDS_MAX 64

struct csv {
    const char *next, *end;
    char separator;
    unsigned line; /* of the present record, from 1 */
    size_t field_count;
    const char *fields[CSV_FIELDS_MAX]; /* into text */
    char text[CSV_LINE_MAX + 1];        /* of the present record, cut into fields */
};

enum csv_result {
    CSV_RECORD,
    CSV_END,
    CSV_LINE_TOO_LONG,
    CSV_BINARY, /* a control character or a sequence that is not UTF-8 */
    CSV_QUOTE,  /* a quote that is not closed, or text after a closing quote */
    CSV_MANY_FIELDS
};

/* bytes: not copied. */
void csv_init(struct csv *csv, const char *bytes, size_t length, char separator);
/* Reads the next record that is not an empty line. After an error the next call goes on with the line that follows. */
enum csv_result csv_next(struct csv *csv);
/* What is wrong, for a message; not for CSV_RECORD and CSV_END. */
const char *csv_result_text(enum csv_result result);

enum number_result {
    NUMBER_OK,
    NUMBER_SYNTAX, /* not a decimal number: empty, letters, NaN, inf, exponent, two signs or marks */
    NUMBER_RANGE   /* magnitude x scale is over 4e18 */
};
/* Reads a decimal number with the given decimal mark and gives it times scale (>= 1), rounded to the nearest. */
enum number_result csv_number(int64_t *scaled, const char *text, char mark, int64_t scale);

#endif
