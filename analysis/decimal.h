/* decimal.h: a double as the shortest decimal text that reads back as the same value.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_DECIMAL_H
#define KONSENTO_ANALYSIS_DECIMAL_H

#define DECIMAL_BYTES 40

const char *decimal(char text[DECIMAL_BYTES], double value);

#endif
