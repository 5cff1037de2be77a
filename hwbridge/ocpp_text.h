/* ocpp_text.h: texts of OCPP: JSON that goes out, exact decimals and times that come in.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Figures of energy come as decimal texts in Wh or kWh. They are read digit by digit into integers: what a meter shows
 * is what is counted, whatever binary fractions can or cannot hold.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_TEXT_H
#define KONSENTO_HWBRIDGE_OCPP_TEXT_H

#include "hwbridge/guard.h"

#define OCPP_TEXT_MAX 2048
#define OCPP_TIME_MAX 32

/* A text that grows. What does not fit makes it full, and a full text is never sent. */
struct ocpp_text {
    char bytes[OCPP_TEXT_MAX];
    size_t length;
    bool is_full;
};

__attribute__((format(printf, 2, 3))) void ocpp_put(struct ocpp_text *text, const char *format, ...);
/* With its quotation marks, and what JSON wants escaped. */
void ocpp_put_string(struct ocpp_text *text, const char *string);
/* A number of thousandths, with one decimal, rounded down: 16250 is 16.2. */
void ocpp_put_tenths(struct ocpp_text *text, int64_t thousandths);

/* A decimal that is the whole text: sign, digits, fraction, exponent of ten. Out: value times 10 to the power of scale;
 * what is finer is cut off. Returns GUARD_OK; HW_REJECT_TYPE: it is none; HW_REJECT_RANGE: it does not fit. */
int ocpp_decimal(int64_t *value, const char *text, int scale);

/* A time with its zone, as RFC 3339 has it. Out: UTC in us since 1970. Returns false if it is none, or has no zone. */
bool ocpp_time_read(int64_t *utc_us, const char *text);
/* To the second below: 2018-03-01T00:00:00Z. In: 0 <= utc_us, before the year 10000. */
void ocpp_time_write(char text[OCPP_TIME_MAX], int64_t utc_us);

#endif
