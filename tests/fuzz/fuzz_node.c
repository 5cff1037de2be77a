/* fuzz_node.c: three to five nodes on a real chain do as the bytes say; nobody honest may lose what is due.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/riot.h"

#define INPUT_MAX 602 /* 300 steps */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct riot riot;
    if (riot.town == NULL) {
        riot.town = town_new();
    }
    riot_run(&riot, LN_BACKEND_TOKEN, data, size < INPUT_MAX ? size : INPUT_MAX);
    return 0;
}
