/* present.h: a study at its end: tables for people, one JSON object for programs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PRESENT_H
#define KONSENTO_CLI_PRESENT_H

#include "cli/presentation.h"

void present_tables(const struct presentation *presentation);
void present_json(const struct presentation *presentation);

/* Replications of the configuration that has most. */
size_t present_replications(const struct results *results);
/* 64 hex digits and a zero. */
void present_digest(char hex[65], const struct results *results);
#endif
