/* cores.h: how many cores this process may use.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_CORES_H
#define KONSENTO_CLI_CORES_H

/* At least 1. */
unsigned core_count(void);

#endif
