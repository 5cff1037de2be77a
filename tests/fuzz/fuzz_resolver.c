/* fuzz_resolver.c: a channel lives and ends on a real chain as the bytes say; nobody may lose what is due.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/brawl.h"

#define INPUT_MAX 400 /* each step may be a dozen blocks */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct brawl brawl;
    if (brawl.quarrel == NULL) {
        brawl.quarrel = quarrel_new();
    }
    brawl_run(&brawl, LN_BACKEND_TOKEN, data, size < INPUT_MAX ? size : INPUT_MAX);
    return 0;
}
