/* present_causes.h: what fees, losses and failures are made of, on a terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PRESENT_CAUSES_H
#define KONSENTO_CLI_PRESENT_CAUSES_H

#include "cli/presentation.h"

/* The top causes of each whole on each rail; nothing where there are none. */
void present_causes(const struct presentation *presentation);

#endif
