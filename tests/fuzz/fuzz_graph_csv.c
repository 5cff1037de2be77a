/* fuzz_graph_csv.c: libFuzzer target: any bytes as lines of a table.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/fuzz/graph_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char head[] = "short_channel_id,from,to,capacity_sat,base_fee_msat,fee_ppm,cltv_delta,htlc_min_msat,"
                               "htlc_max_msat,disabled\n";
    check_file_with(head, sizeof head - 1, bytes, length);
    return 0;
}
