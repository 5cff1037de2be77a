/* fuzz_graph_lnd.c: libFuzzer target: any bytes as JSON of lnd.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/fuzz/graph_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    check_file_with("{", 1, bytes, length);
    return 0;
}
