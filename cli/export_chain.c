/* export_chain.c: the blocks of one replication out of a results file.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/export_chain.h"

#include "cli/describe_names.h"
#include "cli/judge.h"
#include "cli/terminal.h"
#include "cli/where.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MAX 5 /* chains named in a message */

/* ---- which one -------------------------------------------------------------------------------------------------- */

static bool is_asked_for(const struct arguments *arguments, const struct results *results,
                         const struct results_row *row)
{
    return (!arguments->given[OPTION_REPLICATION] || row->replication == arguments->number[OPTION_REPLICATION]) &&
           where_is(arguments, results_study(results), row->config);
}

/* ---- what to say ------------------------------------------------------------------------------------------------ */

/* "rail=a replication 0, rail=b replication 0 and 6 more"; malloc'ed, NULL when memory is out. */
static char *name_chains(const struct arguments *arguments, const struct results *results)
{
    char *text = NULL;
    size_t size = 0, named = 0, more = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < results_row_count(results); i++) {
        const struct results_row *row = results_row(results, i);
        if (row->blob == NULL || (arguments != NULL && !is_asked_for(arguments, results, row)))
            continue;
        if (named == NAMED_MAX) {
            more++;
            continue;
        }
        fprintf(out, "%srail=%s replication %" PRIu32, named++ > 0 ? ", " : "", judge_rail(results, row->config),
                row->replication);
    }
    if (more > 0)
        fprintf(out, " and %zu more", more);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void tell_none(const struct results *results)
{
    char *there = name_chains(NULL, results);
    if (there == NULL)
        complain("memory is out");
    else if (*there == '\0')
        complain("export: no rail of this study has a chain of blocks");
    else
        complain("export: no such chain is stored; there are: %s", there);
    free(there);
}

static void tell_many(const struct arguments *arguments, const struct results *results, size_t count)
{
    char *there = name_chains(arguments, results);
    if (there == NULL)
        complain("memory is out");
    else
        complain("export: %zu chains are stored, choose one with --where rail=NAME and --replication N: %s", count,
                 there);
    free(there);
}

static void tell_not_stored(const struct results *results)
{
    const char *command = results_attribute(results, DESCRIBE_COMMAND);
    complain("export: no chain is in these results: it is stored only when it is asked for; make them with: %s --chain",
             command != NULL ? command : "konsento run");
}

const struct results_row *export_chain_pick(const struct arguments *arguments, const struct results *results)
{
    const struct results_study *study = results_study(results);
    const struct results_row *picked = NULL;
    size_t count = 0;
    if (study->blob_name == NULL || strcmp(study->blob_name, DESCRIBE_CHAIN) != 0) {
        tell_not_stored(results);
        return NULL;
    }
    if (!where_check(arguments, study))
        return NULL;
    for (size_t i = 0; i < results_row_count(results); i++) {
        const struct results_row *row = results_row(results, i);
        if (row->blob == NULL || !is_asked_for(arguments, results, row))
            continue;
        picked = row;
        count++;
    }
    if (count == 0)
        tell_none(results);
    else if (count > 1)
        tell_many(arguments, results, count);
    else if (picked->failed)
        fprintf(stderr, "konsento: this replication failed, and its chain ends there: %s\n", picked->failure);
    return count == 1 ? picked : NULL;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void write_bytes(void *context, const uint8_t *bytes, size_t length)
{
    fwrite(bytes, 1, length, context);
}

enum results_result export_chain(FILE *out, struct results_error *error, const struct results_row *row)
{
    enum results_result result = blob_read(row->blob, error, write_bytes, out);
    if (result == RESULTS_OK && (fflush(out) != 0 || ferror(out) != 0)) {
        snprintf(error->text, sizeof error->text, "export: cannot write: %s", strerror(errno));
        result = RESULTS_IO;
    }
    return result;
}
