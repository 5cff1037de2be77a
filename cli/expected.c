/* expected.c: what a scenario gave when its results were accepted.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/expected.h"

#include "analysis/decimal.h"
#include "cli/options.h"
#include "cli/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_LINE       "konsento expected 1"
#define REPLICATIONS_MAX 100000
#define FILE_MAX         ((size_t)64 << 20)

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* The whole file with a zero behind it, in the pool; NULL with errno. */
static char *read_text(struct pool *pool, const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (file == NULL)
        return NULL;
    if (getdelim(&text, &size, 0, file) < 0)
        errno = ENODATA;
    char *kept = NULL;
    size_t length = text != NULL ? strlen(text) : 0;
    if (length > 0 && length < FILE_MAX) {
        kept = pool_take(pool, length + 1, 1);
        if (kept != NULL)
            memcpy(kept, text, length + 1);
    }
    free(text);
    fclose(file);
    return kept;
}

static bool read_number(uint64_t *number, const char *text, uint64_t max)
{
    return text != NULL && options_number(number, text, 0, max);
}

static bool read_share(double *share, const char *text)
{
    char *end;
    if (text == NULL)
        return false;
    *share = strtod(text, &end) / 100;
    return end != text && *end == '\0' && *share >= 0 && isfinite(*share);
}

static bool read_metric(struct expected *expected, char *rest)
{
    struct expected_metric *metric = &expected->metrics[expected->metric_count++];
    metric->arm = strsep(&rest, "\t");
    metric->name = strsep(&rest, "\t");
    metric->values = pool_take(&expected->pool, expected->replications + 1, sizeof *metric->values);
    if (metric->values == NULL || expected->replications == 0)
        return false;
    for (uint32_t i = 0; i < expected->replications; i++) {
        const char *value = strsep(&rest, "\t");
        char *end;
        if (value == NULL)
            return false;
        metric->values[i] = strcmp(value, "-") == 0 ? NAN : strtod(value, &end);
        if (!isnan(metric->values[i]) && (end == value || *end != '\0'))
            return false;
    }
    return rest == NULL;
}

static bool read_row(struct expected *expected, char *rest)
{
    struct expected_row *row = &expected->rows[expected->row_count++];
    uint64_t replication;
    row->arm = strsep(&rest, "\t");
    if (!read_number(&replication, strsep(&rest, "\t"), REPLICATIONS_MAX))
        return false;
    row->replication = (uint32_t)replication;
    row->digest = strsep(&rest, "\t");
    return read_number(&row->tags.events, strsep(&rest, "\t"), UINT64_MAX) &&
           read_number(&row->tags.stride, strsep(&rest, "\t"), UINT64_MAX) && row->tags.stride > 0 &&
           (row->tags.text = strsep(&rest, "\t")) != NULL && rest == NULL;
}

static bool read_line(struct expected *expected, char *line)
{
    char *rest = line;
    uint64_t number;
    const char *word = strsep(&rest, "\t");
    if (rest == NULL)
        return *word == '\0' || *word == '#';
    if (strcmp(word, "metric") == 0)
        return read_metric(expected, rest);
    if (strcmp(word, "row") == 0)
        return read_row(expected, rest);
    if (strcmp(word, "seed") == 0)
        return read_number(&expected->seed, rest, UINT64_MAX);
    if (strcmp(word, "margin") == 0)
        return read_share(&expected->margin, rest);
    if (strcmp(word, "digest") == 0)
        return *(expected->digest = rest) != '\0';
    if (strcmp(word, "program") == 0)
        return *(expected->program = rest) != '\0';
    if (strcmp(word, "margin_of") == 0) {
        struct expected_margin *margin = &expected->margins[expected->margin_count++];
        margin->name = strsep(&rest, "\t");
        return read_share(&margin->margin, rest);
    }
    if (strcmp(word, "replications") != 0 || !read_number(&number, rest, REPLICATIONS_MAX))
        return false;
    expected->replications = (uint32_t)number;
    return number > 0;
}

static bool read_lines(struct expected *expected, const char *path, char *text)
{
    size_t lines = 1, number = 1;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    expected->metrics = pool_take(&expected->pool, lines, sizeof *expected->metrics);
    expected->rows = pool_take(&expected->pool, lines, sizeof *expected->rows);
    expected->margins = pool_take(&expected->pool, lines, sizeof *expected->margins);
    if (expected->pool.failed) {
        complain("memory is out");
        return false;
    }
    char *rest = text;
    bool good = strcmp(strsep(&rest, "\n"), FIRST_LINE) == 0;
    while (good && rest != NULL) {
        number++;
        good = read_line(expected, strsep(&rest, "\n"));
    }
    if (good && expected->replications > 0 && *expected->digest != '\0')
        return true;
    complain("%s:%zu: is not as konsento test --accept writes it", path, number);
    return false;
}

enum expected_result expected_read(struct expected *expected, const char *path)
{
    *expected = (struct expected){.digest = "", .program = ""};
    char *text = read_text(&expected->pool, path);
    if (text == NULL && errno == ENOENT)
        return EXPECTED_NONE;
    if (text == NULL)
        complain("%s: cannot be read: %s", path, strerror(errno));
    if (text != NULL && read_lines(expected, path, text))
        return EXPECTED_OK;
    expected_close(expected);
    return EXPECTED_WRONG;
}

void expected_close(struct expected *expected)
{
    pool_close(&expected->pool);
}

double expected_margin(const struct expected *expected, const char *metric)
{
    for (size_t i = 0; i < expected->margin_count; i++)
        if (strcmp(expected->margins[i].name, metric) == 0)
            return expected->margins[i].margin;
    return expected->margin;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void write_lines(FILE *out, const struct expected *expected)
{
    char text[DECIMAL_BYTES];
    fprintf(out, FIRST_LINE "\nreplications\t%" PRIu32 "\nseed\t%" PRIu64 "\nmargin\t%.12g\nprogram\t%s\ndigest\t%s\n",
            expected->replications, expected->seed, expected->margin * 100, expected->program, expected->digest);
    for (size_t i = 0; i < expected->margin_count; i++)
        fprintf(out, "margin_of\t%s\t%.12g\n", expected->margins[i].name, expected->margins[i].margin * 100);
    for (size_t i = 0; i < expected->metric_count; i++) {
        const struct expected_metric *metric = &expected->metrics[i];
        fprintf(out, "metric\t%s\t%s", metric->arm, metric->name);
        for (uint32_t j = 0; j < expected->replications; j++)
            fprintf(out, "\t%s", isnan(metric->values[j]) ? "-" : decimal(text, metric->values[j]));
        fputc('\n', out);
    }
    for (size_t i = 0; i < expected->row_count; i++) {
        const struct expected_row *row = &expected->rows[i];
        fprintf(out, "row\t%s\t%" PRIu32 "\t%s\t%" PRIu64 "\t%" PRIu64 "\t%s\n", row->arm, row->replication,
                row->digest, row->tags.events, row->tags.stride, row->tags.text);
    }
}

bool expected_write(const char *path, const struct expected *expected)
{
    char *temporary = NULL;
    if (asprintf(&temporary, "%s.tmp", path) < 0) {
        complain("memory is out");
        return false;
    }
    FILE *out = fopen(temporary, "w");
    bool written = out != NULL;
    if (written) {
        write_lines(out, expected);
        written = fflush(out) == 0 && !ferror(out);
        written = fclose(out) == 0 && written && rename(temporary, path) == 0;
    }
    if (!written) {
        complain("cannot write %s: %s", path, strerror(errno));
        unlink(temporary);
    }
    free(temporary);
    return written;
}
