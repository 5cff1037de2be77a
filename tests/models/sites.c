/* sites.c: the lines of some sites of the session file, read as a file of their own.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/sites.h"

#include "tests/models/check.h"

#include "models/fleet/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 4000000

static char *read_lines(size_t *length, const char *letters)
{
    FILE *file = fopen(KONSENTO_SHARED "/data/sessions_norway_ASK_OSL_S_TRO_R.csv", "rb");
    if (file == NULL)
        skip();
    char *text = malloc(FILE_MAX);
    assert_non_null(text);
    char line[400];
    *length = 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (*length == 0 || strchr(letters, line[1]) != NULL) { /* the header; else "ASK", "OSL_S", "TRO_R" */
            size_t more = strlen(line);
            assert_true(*length + more < FILE_MAX);
            memcpy(text + *length, line, more);
            *length += more;
        }
    fclose(file);
    return text;
}

void sites_history(struct history *history, const char *letters)
{
    size_t length;
    char *text = read_lines(&length, letters);
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    struct replay replay;
    struct replay_config config = {.path = "sites.csv", .from_unix_s = INT64_MIN};
    input_report_init(&report, problems);
    assert_true(replay_read(&replay, &report, text, length, &config));
    assert_true(history_init(history, &replay, replay.start_unix_s));
    replay_close(&replay);
    free(text);
}
