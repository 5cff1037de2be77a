/* cmocka_all.h: cmocka with the headers that it wants before it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_CMOCKA_ALL_H
#define KONSENTO_TESTS_LIGHTNING_CMOCKA_ALL_H

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#endif
