/* check.h: cmocka with the headers it wants before it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_MODELS_CHECK_H
#define KONSENTO_TESTS_MODELS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after them: */
#include <cmocka.h>

#endif
