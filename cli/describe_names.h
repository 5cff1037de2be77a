/* describe_names.h: names of attributes and provenance texts that are written and read again here.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_DESCRIBE_NAMES_H
#define KONSENTO_CLI_DESCRIBE_NAMES_H

#define DESCRIBE_TITLE      "title"
#define DESCRIBE_CHAIN      "chain"
#define DESCRIBE_COMMAND    "command_line"
#define DESCRIBE_THRESHOLDS "thresholds"
#define DESCRIBE_SWEEP      "sweep"
#define DESCRIBE_LEVEL      "verdict_level"
#define DESCRIBE_YEN        "yen_per_btc"

#endif
