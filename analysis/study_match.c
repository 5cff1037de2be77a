/* study_match.c: is it the same study, and if not, what differs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/study_match.h"

#include "analysis/fault.h"
#include "analysis/rows.h"

#include <stdio.h>
#include <string.h>

#define HASH_CHARACTERS 64

static const char *text_of(const struct results_text *texts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i].name, name) == 0) {
            return texts[i].text;
        }
    }
    return NULL;
}

static const char *data_lines(const struct results_study *study)
{
    const char *lines = text_of(study->provenance, study->provenance_count, STUDY_DATA_FILES);
    return lines != NULL ? lines : "";
}

/* The hash in the line of that file, NULL if no line is its. path: length characters. */
static const char *hash_of_file(const char *lines, const char *path, size_t length)
{
    while (strlen(lines) > HASH_CHARACTERS + 2) {
        const char *name = lines + HASH_CHARACTERS + 2;
        size_t name_length = strcspn(name, "\n");
        if (name_length == length && memcmp(name, path, length) == 0) {
            return lines;
        }
        lines = name + name_length + (name[name_length] == '\n');
    }
    return NULL;
}

/* Names the first data file of ours that is not what it was; "" if none has another content. */
static void name_data_file(char *text, size_t size, const char *there, const char *here)
{
    text[0] = '\0';
    while (strlen(here) > HASH_CHARACTERS + 2) {
        const char *name = here + HASH_CHARACTERS + 2;
        size_t length = strcspn(name, "\n");
        const char *before = hash_of_file(there, name, length);
        if (before != NULL && memcmp(before, here, HASH_CHARACTERS) != 0) {
            snprintf(text, size, " (%.*s has changed)", (int)length, name);
            return;
        }
        here = name + length + (name[length] == '\n');
    }
}

void study_difference(char *text, size_t size, const struct results_study *there, const struct results_study *here)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < here->identity_part_count && used < size; i++) {
        const char *name = here->identity_parts[i].name, *ours = here->identity_parts[i].text;
        const char *found = text_of(there->identity_parts, there->identity_part_count, name);
        const char *theirs = found != NULL ? found : "(none)", *comma = used > 0 ? "; " : "";
        char file[200] = "";
        if (strcmp(ours, theirs) == 0) {
            continue;
        }
        if (strcmp(name, "data") == 0) {
            name_data_file(file, sizeof file, data_lines(there), data_lines(here));
        }
        const char *path = text_of(here->attributes, here->attribute_count, "scenario");
        if (strcmp(name, "scenario") == 0 && path != NULL) {
            snprintf(file, sizeof file, " (%.100s has changed, or what is set in it)", path);
        }
        bool shown = strlen(ours) <= 32 && strlen(theirs) <= 32;
        int count = shown ? snprintf(text + used, size - used, "%s%s is %s there, %s here", comma, name, theirs, ours)
                          : snprintf(text + used, size - used, "%s%s differs%s", comma, name, file);
        used += (size_t)count;
    }
    if (used == 0) {
        snprintf(text, size, "identity is %.16s there, %.16s here", there->identity, here->identity);
    }
}

enum results_result study_match(struct results_error *error, const char *path, const struct results_study *there,
                                const struct results_study *here)
{
    char there_shape[65], here_shape[65];
    if (strcmp(there->identity, here->identity) != 0) {
        char difference[340];
        study_difference(difference, sizeof difference, there, here);
        return fault(error, RESULTS_MISMATCH, "%.140s: holds another study: %s", path, difference);
    }
    study_shape(there_shape, there);
    study_shape(here_shape, here);
    if (strcmp(there_shape, here_shape) != 0) {
        return fault(error, RESULTS_MISMATCH, "%s: was made by another build: its metrics or sizes differ", path);
    }
    return RESULTS_OK;
}
