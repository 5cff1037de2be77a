/* template.h: the scenario that `konsento new` writes and `konsento doctor` tries.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_TEMPLATE_H
#define KONSENTO_CLI_TEMPLATE_H

#include <stdio.h>

/* Writes Lua text with this name as its title; name: no quotes, backslashes or control characters. */
void template_write(FILE *out, const char *name);

#endif
