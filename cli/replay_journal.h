/* replay_journal.h: konsento replay FILE.hwj.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_REPLAY_JOURNAL_H
#define KONSENTO_CLI_REPLAY_JOURNAL_H

#include "cli/options.h"

/* Runs a journal of devices again, without them. Returns an exit code. */
int replay_journal(const struct arguments *arguments);

#endif
