/* present_causes.c: one line for each whole and rail: its largest parts.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   top causes
 *   payment.failed  card: declined 100 %  zero_conf: conflict 80 %, funds 20 %
 */
#include "cli/present_causes.h"

#include "analysis/label.h"
#include "analysis/parts.h"
#include "analysis/summary.h"

#include <stdio.h>
#include <string.h>

#define CAUSES 3

/* "declined" of "payment.failed.declined", "race" of "loss.race": what the name of the part has of its own. */
static const char *own_name(const char *part, const char *whole)
{
    size_t length = strlen(whole);
    const char *dot = strchr(part, '.');
    if (strncmp(part, whole, length) == 0 && part[length] == '.')
        return part + length + 1;
    return dot != NULL ? dot + 1 : part;
}

static void print_rail(const struct presentation *presentation, size_t config, size_t whole)
{
    const struct results_study *study = results_study(presentation->results);
    struct part parts[PARTS_MAX];
    size_t count = parts_list(parts, presentation->results, config, whole);
    double all = 0;
    for (size_t i = 0; i < count; i++)
        all += parts[i].mean;
    printf("  %s:", judge_rail(presentation->results, config));
    for (size_t i = 0; i < count && i < CAUSES; i++)
        printf("%s %s %.3g %%", i > 0 ? "," : "",
               own_name(study->columns[parts[i].column].name, study->columns[whole].name), 100 * parts[i].mean / all);
}

void present_causes(const struct presentation *presentation)
{
    const struct results_study *study = results_study(presentation->results);
    size_t wholes[PARTS_MAX], count = parts_wholes(wholes, presentation->results);
    bool has_head = false;
    for (size_t i = 0; i < count && label_is_comparison(study); i++) {
        bool has_line = false;
        for (size_t config = 0; config < study->config_count; config++) {
            struct part parts[PARTS_MAX];
            if (parts_list(parts, presentation->results, config, wholes[i]) == 0)
                continue;
            if (!has_head)
                printf("\n%stop causes%s\n", paint_on(presentation->terminal, PAINT_HEADING),
                       paint_off(presentation->terminal));
            if (!has_line)
                fputs(study->columns[wholes[i]].name, stdout);
            has_head = has_line = true;
            print_rail(presentation, config, wholes[i]);
        }
        if (has_line)
            putchar('\n');
    }
}
