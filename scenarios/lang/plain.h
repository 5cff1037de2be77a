/* plain.h: text that a terminal, a report and a reader of results can show as it is.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A stranger's scenario chooses names, notes and error texts. Control characters in them would move the cursor of
 * whoever reads the messages, and broken UTF-8 would make results that other programs refuse.
 */
#ifndef KONSENTO_SCENARIOS_LANG_PLAIN_H
#define KONSENTO_SCENARIOS_LANG_PLAIN_H

#include <stdbool.h>

/* Is it UTF-8 (RFC 3629) without control characters? */
bool plain_is(const char *text);
/* Makes it so, byte by byte in place: line ends and tabs become blanks, what else is wrong becomes '?'. */
void plain_make(char *text);

#endif
