/* decimal.c: a double as the shortest decimal text that reads back as the same value.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/decimal.h"

#include <stdio.h>
#include <stdlib.h>

const char *decimal(char text[DECIMAL_BYTES], double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, DECIMAL_BYTES, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    return text;
}
