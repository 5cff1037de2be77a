/* schema_functions.c: functions of k that are not constructors.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const struct schema_function schema_functions[] = {
    {"params", "fun(definitions: table<string, konsento.Param>): table<string, any>",
     "declares the parameters and returns their values, after --set"},
    {"param", "fun(definition: konsento.ParamDefinition): konsento.Param",
     "one parameter: { default, help = \"...\", min =, max =, oneof = {...}, unit = \"current\" or {\"current\", "
     "\"power\"} }"},
    {"p", "fun(name: string): any", "the value of a parameter"},
    {"include", "fun(path: string, values?: table<string, any>): any",
     "what another file in the scenario's folder returns; values: its parameters"},
    {"extend", "fun(base: table): fun(changes: table): table",
     "a copy of base with changes: k.extend(base) { duration = \"7 days\" }"},
    {"note", "fun(text: string)", "a remark shown to the user"},
    {"rng", "fun(name: string): konsento.Stream", "a random stream of that name, the same in every run of a seed"},
    {"quantity", "fun(text: string, unit: string): number", "a quantity as a number in the unit named"},
};
const size_t schema_function_count = COUNT(schema_functions);
