/* scoretext.c: reads the scoreboard of a study.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/scoretext.h"

#include "analysis/label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAT_PER_BTC 1e8

static const char *stored_text(const struct results_study *study)
{
    for (size_t i = 0; i < study->provenance_count; i++) {
        if (strcmp(study->provenance[i].name, SCOREBOARD_TEXT) == 0) {
            return study->provenance[i].text;
        }
    }
    return "";
}

/* Cuts one line into its fields. */
static void read_line(struct scoretext_property *property, char *line, const struct results *results)
{
    char *rest = line;
    *property = (struct scoretext_property){.title = strsep(&rest, "\t"), .question = ""};
    if (rest != NULL) {
        property->question = strsep(&rest, "\t");
    }
    while (rest != NULL && property->column_count < SCORETEXT_FIGURES_MAX) {
        size_t column = results_column_find(results, strsep(&rest, "\t"));
        if (column < results_study(results)->column_count) {
            property->columns[property->column_count++] = column;
        }
    }
}

size_t scoretext_read(struct scoretext_property *properties, struct pool *pool, const struct results *results)
{
    const struct results_study *study = results_study(results);
    const char *stored = label_is_comparison(study) ? stored_text(study) : "";
    char *text = pool_take(pool, strlen(stored) + 1, 1);
    size_t count = 0;
    if (text == NULL) {
        return 0;
    }
    memcpy(text, stored, strlen(stored) + 1);
    for (char *rest = text; rest != NULL && *rest != '\0' && count < SCORETEXT_PROPERTIES_MAX;) {
        read_line(&properties[count], strsep(&rest, "\n"), results);
        count += properties[count].column_count > 0;
    }
    return count;
}

double scoretext_yen_per_sat(const struct results *results)
{
    const char *text = results_attribute(results, "yen_per_btc");
    char *end;
    double yen = text == NULL ? NAN : strtod(text, &end);
    return text != NULL && end != text && *end == '\0' && yen > 0 ? yen / SAT_PER_BTC : NAN;
}

bool scoretext_is_yen(const struct results_column *column)
{
    const char *unit = column->unit == NULL ? "" : column->unit;
    return strncmp(unit, "yen", 3) == 0 && (unit[3] == '\0' || unit[3] == '/');
}
