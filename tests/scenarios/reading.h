/* reading.h: what the tests of the scenario language share: reading a text and looking at what was told.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_SCENARIOS_READING_H
#define KONSENTO_TESTS_SCENARIOS_READING_H

#include "scenarios/lang/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct reading {
    struct scenario scenario;
    struct scenario_diagnostic diagnostics[SCENARIO_DIAGNOSTICS_MAX];
    size_t count;
    bool good;
};

/* A text as the file "test.lua" in the project's folder. settings: "path=value" strings, ended by NULL; may be NULL.
 * Free with reading_close. */
struct reading *reading_text(const char *text, const char *const *settings, const struct scenario_limits *limits);
struct reading *reading_file(const char *path, const char *const *settings);
void reading_close(struct reading *reading);

/* All diagnostics as "line:column: text\n". Valid until the next call. */
const char *reading_told(const struct reading *reading);
/* Does any diagnostic contain this? Fails the test with everything that was told if not. */
void reading_assert_told(const struct reading *reading, const char *part);

/* A scenario with everything required, and `inside` among its fields. Valid until the next call. */
const char *reading_scenario(const char *inside);

/* A fresh folder for files; the same one during a test program. Its files are removed at exit. */
const char *reading_folder(void);
/* Writes a file there; returns its path, valid until the next call. */
const char *reading_write(const char *name, const void *bytes, size_t size);

#endif
