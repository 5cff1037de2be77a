/* percent.c: a percentage from the command line.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/percent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool percent_read(double *share, const char *text)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text)
        return false;
    end += strspn(end, " ");
    end += *end == '%';
    *share = number / 100;
    return *end == '\0' && number >= 0 && isfinite(number);
}
