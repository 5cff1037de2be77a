/* tariff_csv.h: a time-of-use tariff from a file.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     # remarks
 *     day_type,start_hour,end_hour,label,yen_per_kwh
 *     weekday,0,8,night,16.52
 *     weekend_holiday,8,22,at_home,28.61
 *
 * day_type is weekday, weekend_holiday or any; hours are whole or decimal, 0 to 24. For each kind of day the bands must
 * cover every moment exactly once. Holidays are not known: they are as their day of the week.
 */
#ifndef KONSENTO_MODELS_SITE_TARIFF_CSV_H
#define KONSENTO_MODELS_SITE_TARIFF_CSV_H

#include "models/config.h"
#include "models/input.h"

/* Reads bytes[0..length) into bands of kind TIME_OF_USE. In: path names the file in messages. Returns true if there was
 * no error. */
bool tariff_csv_read(struct tariff_config *tariff, struct input_report *report, const char *bytes, size_t length,
                     const char *path) __attribute__((warn_unused_result));

#endif
