/* present_score.h: the five properties, rail beside rail, on a terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PRESENT_SCORE_H
#define KONSENTO_CLI_PRESENT_SCORE_H

#include "cli/presentation.h"

/* Writes nothing where the study has no scoreboard. */
void present_score(const struct presentation *presentation);

#endif
