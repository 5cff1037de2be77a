/* test.c: konsento test: scenarios as regression tests.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/paths.h"
#include "cli/percent.h"
#include "cli/signals.h"
#include "cli/test_judge.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN_USUAL 0.02

struct testing {
    const struct arguments *arguments;
    struct terminal terminal;
    struct test_cases cases;
    struct pool pool; /* names of files */
    const char **files;
    size_t file_count;
    double margin;
    bool accepts;
    int code; /* what went wrong besides cases: OK, FAILURE, USAGE, INTERRUPTED */
};

static bool note_memory(struct testing *testing)
{
    complain("memory is out");
    testing->code = CODE_FAILURE;
    return false;
}

/* ---- which files ------------------------------------------------------------------------------------------------ */

static bool add_file(struct testing *testing, const char *path)
{
    const char **files = realloc(testing->files, (testing->file_count + 1) * sizeof *files);
    const char *kept = pool_text(&testing->pool, path);
    if (files != NULL)
        testing->files = files;
    if (files == NULL || kept == NULL)
        return note_memory(testing);
    testing->files[testing->file_count++] = kept;
    return true;
}

/* house.lua -> house.expected */
static const char *expected_path(struct testing *testing, const char *file)
{
    size_t length = strlen(file);
    size_t size = length + sizeof ".expected";
    char *path = pool_take(&testing->pool, size, 1);
    if (length > 4 && strcmp(file + length - 4, ".lua") == 0)
        length -= 4;
    if (path != NULL)
        snprintf(path, size, "%.*s.expected", (int)length, file);
    return path;
}

static int is_scenario(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 4 && strcmp(entry->d_name + length - 4, ".lua") == 0;
}

/* Of a folder those scenarios count that have expected values. */
static bool add_folder(struct testing *testing, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_scenario, alphasort);
    bool good = count >= 0;
    if (!good) {
        complain("%s: cannot be listed: %s", folder, strerror(errno));
        testing->code = CODE_USAGE;
    }
    for (int i = 0; i < count; i++) {
        const char *path = good ? path_join(&testing->pool, folder, entries[i]->d_name) : NULL;
        const char *expected = path != NULL ? expected_path(testing, path) : NULL;
        good = good && (expected != NULL || note_memory(testing)) &&
               (!path_exists(expected) || add_file(testing, strcmp(folder, ".") == 0 ? path + 2 : path));
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return good;
}

static bool find_files(struct testing *testing)
{
    const struct arguments *arguments = testing->arguments;
    if (arguments->word_count == 0 && !add_folder(testing, "."))
        return false;
    for (size_t i = 0; i < arguments->word_count; i++)
        if (path_is_folder(arguments->words[i]) ? !add_folder(testing, arguments->words[i])
                                                : !add_file(testing, arguments->words[i]))
            return false;
    if (testing->file_count > 0)
        return true;
    complain("test: no scenario here has expected values yet; konsento test --accept FILE makes them");
    testing->code = CODE_USAGE;
    return false;
}

/* ---- one file --------------------------------------------------------------------------------------------------- */

static bool add_error(struct testing *testing, const char *file, const char *message)
{
    const struct test_case one = {.file = file, .name = "run", .message = message, .result = CASE_ERROR};
    return test_cases_add(&testing->cases, &one) || note_memory(testing);
}

static bool accept(struct testing *testing, const struct test_run *run, const char *path, const struct expected *before)
{
    struct expected expected;
    double margin = testing->arguments->given[OPTION_MARGIN] ? testing->margin
                    : before != NULL                         ? before->margin
                                                             : MARGIN_USUAL;
    if (!test_accept(&expected, run, margin, before)) {
        testing->code = CODE_FAILURE;
        return false;
    }
    bool written = expected_write(path, &expected);
    if (written)
        printf("%s  %s  %" PRIu32 " replications, digest %.16s…\n", before != NULL ? "accepted again" : "accepted",
               path, expected.replications, expected.digest);
    else
        testing->code = CODE_FAILURE;
    expected_close(&expected);
    return written;
}

static bool run_and_judge(struct testing *testing, struct test_run *run, const char *path,
                          const struct expected *expected)
{
    const struct arguments *arguments = testing->arguments;
    const struct scenario *scenario = &run->loaded.scenario;
    struct results_error error;
    /* What was accepted says seed and replications, unless new ones are to be accepted. */
    bool fresh = expected == NULL || testing->accepts;
    uint64_t seed = fresh && arguments->given[OPTION_SEED] ? arguments->number[OPTION_SEED]
                    : expected != NULL                     ? expected->seed
                                                           : scenario->seed;
    uint32_t replications = fresh && arguments->given[OPTION_REPS] ? (uint32_t)arguments->number[OPTION_REPS]
                            : expected != NULL                     ? expected->replications
                                                                   : scenario->replications;
    int64_t began_ms = clock_now_ms();
    enum study_end end = test_run_go(run, &error, seed, replications);
    if (end == STUDY_INTERRUPTED || end == STUDY_TERMINATED) {
        testing->code = end == STUDY_INTERRUPTED ? CODE_INTERRUPTED : CODE_INCOMPLETE;
        return false;
    }
    if (end != STUDY_COMPLETE && end != STUDY_DETERMINISTIC)
        return add_error(testing, run->request.path, error.text);
    if (testing->accepts)
        return accept(testing, run, path, expected);
    const struct test_judging judging = {.cases = &testing->cases,
                                         .run = run,
                                         .expected = expected,
                                         .skips_digest = arguments->given[OPTION_NO_DIGEST],
                                         .seconds = (double)(clock_now_ms() - began_ms) / 1e3};
    return test_judge(&judging) || note_memory(testing);
}

/* Returns whether to go on with other files. */
static bool test_file(struct testing *testing, const char *file)
{
    struct expected expected;
    struct test_run run;
    const char *path = expected_path(testing, file);
    if (path == NULL)
        return note_memory(testing);
    enum expected_result found = expected_read(&expected, path);
    bool opened = test_run_open(&run, testing->arguments, file), good = true;
    if (!opened || found == EXPECTED_WRONG) {
        testing->code = CODE_USAGE;
        good = add_error(testing, file, opened ? "its expected values cannot be read" : "the scenario has errors");
    } else
        good = run_and_judge(testing, &run, path, found == EXPECTED_OK ? &expected : NULL);
    test_run_close(&run);
    if (found == EXPECTED_OK)
        expected_close(&expected);
    return good;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static bool write_file(const char *path, const char *mode, void (*write)(FILE *, const struct test_cases *),
                       const struct test_cases *cases)
{
    FILE *out = fopen(path, mode);
    bool written = out != NULL;
    if (written) {
        write(out, cases);
        written = !ferror(out);
        written = fclose(out) == 0 && written;
    }
    if (!written)
        complain("cannot write %s: %s", path, strerror(errno));
    return written;
}

static bool tell(const struct testing *testing)
{
    const struct arguments *arguments = testing->arguments;
    const char *actions = getenv("GITHUB_ACTIONS"), *summary = getenv("GITHUB_STEP_SUMMARY");
    bool on_github = arguments->given[OPTION_GITHUB] || (actions != NULL && strcmp(actions, "true") == 0);
    bool good = true;
    if (arguments->given[OPTION_TAP])
        test_cases_print_tap(&testing->cases);
    else
        test_cases_print(&testing->cases, &testing->terminal);
    if (on_github && !arguments->given[OPTION_TAP])
        test_cases_print_annotations(&testing->cases);
    if (on_github && summary != NULL && *summary != '\0')
        good = write_file(summary, "a", test_cases_write_summary, &testing->cases);
    if (arguments->given[OPTION_JUNIT])
        good = write_file(arguments->text[OPTION_JUNIT], "w", test_cases_write_junit, &testing->cases) && good;
    return good;
}

static int code_of_cases(const struct testing *testing)
{
    size_t counts[CASE_RESULTS];
    test_cases_count(counts, &testing->cases, NULL);
    if (testing->code != CODE_OK)
        return testing->code;
    return counts[CASE_ERROR] > 0       ? CODE_FAILURE
           : counts[CASE_FAILED] > 0    ? CODE_THRESHOLD
           : counts[CASE_DIFFERS] > 0   ? CODE_REGRESSION
           : counts[CASE_UNDECIDED] > 0 ? CODE_UNDECIDED
                                        : CODE_OK;
}

int command_test(const struct arguments *arguments)
{
    struct testing testing = {.arguments = arguments, .accepts = arguments->given[OPTION_ACCEPT]};
    terminal_init(&testing.terminal, false);
    if (arguments->given[OPTION_MARGIN] && !percent_read(&testing.margin, arguments->text[OPTION_MARGIN])) {
        complain("test: --margin wants a percentage, got '%s'", arguments->text[OPTION_MARGIN]);
        return CODE_USAGE;
    }
    signals_catch("\n");
    bool good = find_files(&testing);
    for (size_t i = 0; i < testing.file_count && good; i++)
        good = test_file(&testing, testing.files[i]);
    if ((testing.cases.count > 0 || good) && !testing.accepts && !tell(&testing) && testing.code == CODE_OK)
        testing.code = CODE_FAILURE;
    int code = code_of_cases(&testing);
    test_cases_close(&testing.cases);
    free(testing.files);
    pool_close(&testing.pool);
    return code;
}
