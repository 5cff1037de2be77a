/* test_document.c: what docs/scenario.md shows is a scenario.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/scenarios/reading.h"

#include <string.h>

static char document[40000];

static void read_document(void)
{
    FILE *file = fopen(KONSENTO_SOURCE "/docs/scenario.md", "r");
    assert_non_null(file);
    document[fread(document, 1, sizeof document - 1, file)] = '\0';
    fclose(file);
}

static void every_example_is_a_scenario(void **state)
{
    (void)state;
    static const char fence[] = "\n```lua\n";
    size_t examples = 0;
    read_document();
    for (char *begin = strstr(document, fence); begin != NULL; examples++) {
        char *text = begin + strlen(fence), *end = strstr(text, "\n```\n");
        assert_non_null(end);
        *end = '\0';
        struct reading *reading = reading_text(text, NULL, NULL);
        if (!reading->good)
            fail_msg("%s\n%s", text, reading_told(reading));
        reading_close(reading);
        begin = strstr(end + 1, fence);
    }
    assert_int_equal(examples, 8);
}

static void the_settings_shown_are_taken(void **state)
{
    (void)state;
    read_document();
    char *text = strstr(document, "local k = require \"konsento\"\n\nlocal p = k.params {");
    assert_non_null(text);
    *strstr(text, "\n```\n") = '\0';
    const char *const settings[] = {
        "cars=12", "season=summer", "limit=25 kW", "building.outlets.count=16", "rails.cloud.latency=3 s", NULL};
    struct reading *reading = reading_text(text, settings, NULL);
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    assert_int_equal(reading->scenario.config.building.service_limit_ma, 125000);
    assert_int_equal(reading->scenario.config.building.base_load_w_per_flat, 350);
    reading_close(reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_a_scenario),
        cmocka_unit_test(the_settings_shown_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
