/* fuzz_scenario.c: any bytes as a scenario, and as a quantity: a result or a message, never a crash.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/load.h"
#include "scenarios/lang/quantity.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_quantity(const char *text)
{
    struct quantity quantity, again;
    char canonical[64], why[300];
    for (int d = 0; d < DIMENSION_COUNT; d++) {
        enum quantity_result result = quantity_parse(&quantity, text, DIMENSION_BIT(d));
        if (result != QUANTITY_OK) {
            quantity_explain(why, sizeof why, result, text, DIMENSION_BIT(d));
            continue;
        }
        quantity_format(canonical, &quantity);
        assert(quantity_parse(&again, canonical, DIMENSION_BIT(d)) == QUANTITY_OK);
        assert(again.atoms == quantity.atoms);
    }
}

static void try_scenario(const char *text, size_t size)
{
    const struct scenario_limits limits = {.instructions = 200000, .memory_bytes = (size_t)4 << 20};
    const struct load_order order = {.path = "fuzz.lua", .text = text, .size = size, .limits = &limits};
    struct scenario_diagnostic *list = calloc(SCENARIO_DIAGNOSTICS_MAX, sizeof *list);
    struct diagnostics diagnostics = {.list = list};
    struct scenario *scenario = calloc(1, sizeof *scenario);
    assert(list != NULL && scenario != NULL);
    if (load_open(scenario, &diagnostics, &order))
        scenario_close(scenario);
    else
        assert(diagnostics.count > 0);
    free(scenario);
    free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 20000)
        return 0;
    char *text = calloc(1, size + 1);
    assert(text != NULL);
    memcpy(text, data, size);
    try_quantity(text);
    try_scenario(text, size);
    free(text);
    return 0;
}
