/* profile_text.h: a profile as a text that people, Lua and this program read.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   -- comments
 *   return {
 *       weekend_rate = 0.89,
 *       month_rate = { 1.1, 1.0, ... },
 *   }
 *
 * Every name once, in any order, with as many numbers as the profile has. Written with nine digits: a profile is what
 * its text says.
 */
#ifndef KONSENTO_MODELS_FLEET_PROFILE_TEXT_H
#define KONSENTO_MODELS_FLEET_PROFILE_TEXT_H

#include "models/fleet/profile.h"
#include "models/input.h"

#include <stdbool.h>
#include <stddef.h>

/* In: comment, lines for the head of the text, each begun by the writer with "-- ". Returns malloc'ed text, NULL when
 * memory is out. */
char *profile_write(const struct profile *profile, const char *comment);
/* Reads bytes[0..length). In: file names it in messages. Returns true if there was no error. */
bool profile_read(struct profile *profile, struct input_report *report, const char *bytes, size_t length,
                  const char *file) __attribute__((warn_unused_result));

#endif
