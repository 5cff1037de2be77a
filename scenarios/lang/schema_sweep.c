/* schema_sweep.c: the schema's rows for sweeps.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_sweep.h"

#define AT(member) .kind = KIND_STRING, .offset = offsetof(struct scenario_axis, member)
const struct schema_field schema_axis_fields[SCHEMA_AXIS_FIELDS] = {
    {"over", AT(over), REQUIRED, .help = "a parameter, or a field by its path"},
    {"values", AT(values), REQUIRED,
     .help = "\"4, 8, 12\"; \"4..12\"; \"20 A..60 A step 10 A\"; a comma in a value is written \\\\,"},
};
#undef AT

#define AT(member) .kind = KIND_STRING, .offset = offsetof(struct scenario_target, member)
const struct schema_field schema_target_fields[SCHEMA_TARGET_FIELDS] = {
    {"metric", AT(metric), REQUIRED, .help = "of every configuration"},
    {"within", AT(within), REQUIRED,
     .help = "half of its 95 % interval: \"2%\" of the mean, or \"0.5\" in the metric's unit"},
};
#undef AT

#define AT(member) .offset = offsetof(struct scenario_sweep, member)
const struct schema_field schema_sweep_fields[SCHEMA_SWEEP_FIELDS] = {
    {"axes", LIST(struct scenario_sweep, axes, axis_count, SCENARIO_AXES_MAX), .classes = {"axis"}, DEFAULT("", ""),
     .help = "what varies; every combination is a point"},
    {"where", .kind = KIND_STRING, AT(where), DEFAULT("", ""),
     .help = "only points for which this is true, in Lua: \"outlets <= cars / 2\""},
    {"sample", .kind = KIND_STRING, AT(sample), DEFAULT("", ""),
     .help = "points of a sample instead of every combination: \"latin:N\", \"sobol:N\""},
    {"targets", LIST(struct scenario_sweep, targets, target_count, SCENARIO_TARGETS_MAX), .classes = {"target"},
     DEFAULT("", ""), .help = "more replications until all are met"},
    {"replications_max", COUNT_UINT32, AT(replications_max), RANGE("1", "1000000"), DEFAULT("1000", ""),
     .help = "with targets: at most so many"},
};
#undef AT
