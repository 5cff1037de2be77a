/* fuzz_sessions.c: libFuzzer target: any bytes as a session file.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The reader either refuses with an error or gives rows that keep their promises.
 */
#include "models/fleet/replay.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    input_report_init(&report, problems);
    struct replay_config config = {.path = "fuzz", .location = "", .from_unix_s = INT64_MIN};
    struct replay replay;
    bool is_good = replay_read(&replay, &report, (const char *)data, size, &config);
    input_report_finish(&report);
    assert(is_good == (report.error_count == 0) && report.problem_count <= INPUT_PROBLEMS_MAX);
    for (size_t i = 0; i < replay.row_count; i++) {
        const struct replay_row *row = &replay.rows[i];
        assert(row->arrival_us >= 0 && row->departure_us > row->arrival_us && row->energy_uj >= 0);
        assert(row->battery_uj >= 0 && row->car < replay.car_count && row->line > 1);
        assert(i == 0 || replay.rows[i - 1].arrival_us <= row->arrival_us);
    }
    replay_close(&replay);
    return 0;
}
