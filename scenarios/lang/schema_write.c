/* schema_write.c: the schema in the form that is asked for.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/scenario.h"
#include "scenarios/lang/schema_print.h"

void schema_write(FILE *out, enum schema_form form)
{
    switch (form) {
    case SCHEMA_JSON:
        schema_write_json(out);
        break;
    case SCHEMA_LUALS:
        schema_write_luals(out);
        break;
    case SCHEMA_MARKDOWN:
        schema_write_markdown(out);
        break;
    case SCHEMA_HELP:
        schema_write_help(out);
        break;
    case SCHEMA_METRICS:
        schema_write_metrics(out);
        break;
    }
}
