/* fault.c: fills a results_error and returns its result in one line.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum results_result fault(struct results_error *error, enum results_result result, const char *format, ...)
{
    if (error != NULL) {
        int saved = errno;
        va_list arguments;
        va_start(arguments, format);
        errno = saved;
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return result;
}

enum results_result fault_memory(struct results_error *error, const char *what)
{
    return fault(error, RESULTS_MEMORY, "%s: out of memory", what);
}
