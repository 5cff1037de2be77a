/* fuzz_graph_gossmap.c: libFuzzer target: any bytes as a gossmap, or as a file that is packed.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses: the rest stands behind a gossmap's magic, or is the whole file.
 */
#include "tests/fuzz/graph_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char magic[] = "GOSSMAP_COMPRESSv1";
    if (length == 0) {
        return 0;
    }
    if (bytes[0] % 2 == 0) {
        check_file_with(magic, sizeof magic, bytes + 1, length - 1);
    } else {
        check_file(bytes + 1, length - 1);
    }
    return 0;
}
