/* span_text.h: a span of time as people say it: "0.8 s", "12 min", "3.5 h", "2.1 days".   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_SPAN_TEXT_H
#define KONSENTO_CLI_SPAN_TEXT_H

#define SPAN_TEXT_BYTES 32

/* Returns text. */
const char *span_text(char text[SPAN_TEXT_BYTES], double seconds);

#endif
