/* codes.c: finds tables, columns, and the names of codes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *codes_name(char name[CODES_NAME_BYTES], const struct results *results, const char *table,
                       const char *column, int64_t code)
{
    char attribute[100];
    name[0] = '\0';
    snprintf(attribute, sizeof attribute, "codes.%.40s.%.40s", table, column);
    const char *at = results_attribute(results, attribute);
    while (at != NULL && *at != '\0') {
        char *end;
        long long number = strtoll(at, &end, 10);
        size_t length = strcspn(end, ",");
        if (number == code && *end == ' ') {
            snprintf(name, CODES_NAME_BYTES, "%.*s", (int)length - 1, end + 1);
            return name;
        }
        at = end + length + (end[length] == ',');
    }
    return name;
}

size_t codes_table(const struct results *results, const char *name)
{
    const struct results_study *study = results_study(results);
    size_t i = 0;
    while (i < study->table_count && strcmp(study->tables[i].name, name) != 0) {
        i++;
    }
    return i;
}

size_t codes_column(const struct results_table *table, const char *name)
{
    size_t i = 0;
    while (i < table->column_count && strcmp(table->columns[i], name) != 0) {
        i++;
    }
    return i;
}
