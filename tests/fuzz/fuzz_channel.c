/* fuzz_channel.c: three honest nodes do as the bytes say; nothing may be refused, lost or left over.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/trio.h"

#define INPUT_MAX 4096 /* longer runs find nothing that two shorter ones do not */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct trio trio;
    trio_run(&trio, LN_BACKEND_TOKEN, data, size < INPUT_MAX ? size : INPUT_MAX);
    return 0;
}
