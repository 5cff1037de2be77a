/* look.c: a results file opened for a command that looks at it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/look.h"

#include "cli/exit_codes.h"
#include "cli/paths.h"
#include "cli/terminal.h"

int look_open(struct look *look, const char *path)
{
    struct results_error error;
    *look = (struct look){.path = path};
    bool is_folder = path_is_folder(path);
    if (is_folder)
        look->path = path_join(&look->pool, path, "results.h5");
    if (look->path == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    if (is_folder && !path_exists(look->path)) {
        const char *shards = path_join(&look->pool, path, "shards");
        bool unfinished = shards != NULL && path_is_folder(shards);
        complain("%s: there is no results.h5%s", path,
                 unfinished ? "; the study is not finished: the same konsento run goes on" : "");
        return CODE_USAGE;
    }
    enum results_result result = results_open(&look->results, &error, look->path);
    if (result == RESULTS_OK)
        return CODE_OK;
    complain("%s", error.text);
    return result == RESULTS_MEMORY ? CODE_FAILURE : CODE_USAGE;
}

void look_close(struct look *look)
{
    if (look->results != NULL)
        results_close(look->results);
    pool_close(&look->pool);
}
