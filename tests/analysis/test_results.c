/* test_results.c: what is written into a results folder comes back, and nothing else.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/analysis/study.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct results_dir *open_dir(const char *path, const struct results_study *study)
{
    struct results_error error = {""};
    struct results_dir *dir;
    if (results_dir_open(&dir, &error, path, study) != RESULTS_OK) {
        fail_msg("%s", error.text);
    }
    return dir;
}

static void add(struct results_dir *dir, uint32_t config, uint32_t replication)
{
    struct study_row made;
    struct results_error error = {""};
    study_fill(&made, config, replication);
    if (results_dir_add(dir, &error, &made.row, 1) != RESULTS_OK) {
        fail_msg("%s", error.text);
    }
}

static void finish(struct results_dir *dir)
{
    static const struct results_text closing[] = {{"finished", "2020-02-01T00:00:00Z"}, {"empty", "not any more"}};
    struct results_error error = {""};
    if (results_dir_finish(dir, &error, closing, 2) != RESULTS_OK) {
        fail_msg("%s", error.text);
    }
}

static struct results *open_results(const char *path)
{
    struct results_error error = {""};
    struct results *results;
    char file[256];
    if (results_open(&results, &error, study_path(file, path, "results.h5")) != RESULTS_OK) {
        fail_msg("%s", error.text);
    }
    return results;
}

static void assert_same_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a != NULL) {
        assert_string_equal(a, b);
    }
}

static void assert_same_texts(const struct results_text *a, const struct results_text *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(a[i].name, b[i].name);
        assert_string_equal(a[i].text, b[i].text);
    }
}

static void assert_same_study(const struct results_study *a, const struct results_study *b)
{
    assert_string_equal(a->identity, b->identity);
    assert_true(a->seed == b->seed);
    assert_int_equal(a->config_count, b->config_count);
    assert_int_equal(a->column_count, b->column_count);
    for (size_t i = 0; i < a->column_count; i++) {
        assert_string_equal(a->columns[i].name, b->columns[i].name);
        assert_same_text(a->columns[i].unit, b->columns[i].unit);
        assert_same_text(a->columns[i].long_name, b->columns[i].long_name);
        assert_same_text(a->columns[i].definition, b->columns[i].definition);
    }
    assert_int_equal(a->identity_part_count, b->identity_part_count);
    assert_same_texts(a->identity_parts, b->identity_parts, a->identity_part_count);
    assert_int_equal(a->provenance_count, b->provenance_count);
    assert_same_texts(a->provenance, b->provenance, a->provenance_count);
    assert_same_text(a->series_name, b->series_name);
    assert_same_text(a->series_unit, b->series_unit);
    assert_same_text(a->series_time_units, b->series_time_units);
    assert_int_equal(a->series_length, b->series_length);
    assert_true(a->series_step_s == b->series_step_s);
    assert_int_equal(a->table_count, b->table_count);
    for (size_t i = 0; i < a->table_count; i++) {
        assert_string_equal(a->tables[i].name, b->tables[i].name);
        assert_int_equal(a->tables[i].column_count, b->tables[i].column_count);
        for (size_t j = 0; j < a->tables[i].column_count; j++) {
            assert_string_equal(a->tables[i].columns[j], b->tables[i].columns[j]);
        }
    }
}

static void everything_written_comes_back(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    for (uint32_t replication = 0; replication < 20; replication++) {
        for (uint32_t config = 0; config < STUDY_CONFIGS; config++) {
            if (config != 1 || replication < 13) {
                add(dir, config, replication);
            }
        }
    }
    uint8_t before[32], after[32];
    results_digest(before, results_dir_results(dir));
    finish(dir);
    results_dir_close(dir);

    struct results *results = open_results(path);
    assert_same_study(&study_small, results_study(results));
    assert_int_equal(results_row_count(results), 53);
    for (size_t i = 0; i < 53; i++) {
        study_assert_row(results_row(results, i));
    }
    assert_null(results_find(results, 1, 13));
    assert_non_null(results_find(results, 2, 13));
    results_digest(after, results);
    assert_memory_equal(before, after, 32);
    results_close(results);
    study_remove(path);
}

static void parameters_and_attributes_come_back(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    add(dir, 0, 0);
    finish(dir);
    results_dir_close(dir);
    struct results *results = open_results(path);
    const struct results_study *study = results_study(results);
    assert_int_equal(study->param_count, 2);
    assert_string_equal(study->params[0].values[2], "lightning \xe9\x9b\xb7");
    assert_null(study->params[0].unit);
    assert_string_equal(study->params[1].values[1], "12.5");
    assert_string_equal(study->params[1].values[2], "1000"); /* stored as numbers */
    assert_string_equal(study->params[1].unit, "1");
    assert_string_equal(results_attribute(results, "title"), "Small <study> & \"quotes\"");
    assert_string_equal(results_attribute(results, "finished"), "2020-02-01T00:00:00Z");
    assert_string_equal(results_attribute(results, "empty"), "not any more");
    assert_null(results_attribute(results, "seed"));
    assert_int_equal(results_column_find(results, "wait.p95"), 1);
    assert_int_equal(results_column_find(results, "wait.p96"), STUDY_COLUMNS);
    results_close(results);
    study_remove(path);
}

static void long_texts_come_back_whole(void **state)
{
    (void)state;
    enum { LENGTH = 3000000 };
    char *text = malloc(LENGTH + 1), path[64];
    assert_non_null(text);
    for (size_t i = 0; i < LENGTH; i++) {
        text[i] = (char)('a' + i * 7919 % 26);
    }
    text[LENGTH] = '\0';
    const struct results_text attribute = {"command_line", text}, provenance = {"a.lua", text};
    const struct results_study study = {.identity = "x",
                                        .config_count = 1,
                                        .attributes = &attribute,
                                        .attribute_count = 1,
                                        .provenance = &provenance,
                                        .provenance_count = 1};
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study);
    finish(dir);
    results_dir_close(dir);
    struct results *results = open_results(path);
    assert_string_equal(results_attribute(results, "command_line"), text);
    assert_string_equal(results_study(results)->provenance[0].text, text);
    results_close(results);
    free(text);
    study_remove(path);
}

static void a_refused_folder_is_left_as_it_was(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    add(dir, 0, 0);
    finish(dir);
    results_dir_close(dir);
    struct results_study other = study_small;
    other.identity = "ffff";
    struct results_error error;
    assert_int_equal(results_dir_open(&dir, &error, path, &other), RESULTS_MISMATCH);
    assert_false(study_exists(path, "shards"));
    study_remove(path);
}

static void a_study_of_nothing_comes_back(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    const struct results_study empty = {.identity = "x", .config_count = 2};
    struct results_dir *dir = open_dir(path, &empty);
    finish(dir);
    results_dir_close(dir);
    struct results *results = open_results(path);
    assert_int_equal(results_row_count(results), 0);
    assert_int_equal(results_study(results)->config_count, 2);
    assert_null(results_study(results)->series_name);
    results_close(results);
    study_remove(path);
}

static void large_series_and_tables_are_compressed_and_come_back(void **state)
{
    (void)state;
    enum { LENGTH = 300000, ROWS = 70000 };
    static const char *const names[] = {"a", "b"};
    static const struct results_table table = {"big", names, 2};
    const struct results_study study = {.identity = "x",
                                        .config_count = 1,
                                        .series_name = "load",
                                        .series_unit = "W",
                                        .series_length = LENGTH,
                                        .series_step_s = 1,
                                        .tables = &table,
                                        .table_count = 1};
    float *series = calloc(LENGTH, sizeof *series);
    int64_t *values = calloc(ROWS, 2 * sizeof *values);
    assert_true(series != NULL && values != NULL);
    for (size_t i = 0; i < LENGTH; i++) {
        series[i] = (float)(i % 1000);
    }
    for (size_t i = 0; i < 2 * ROWS; i++) {
        values[i] = (int64_t)i * i;
    }
    const int64_t *tables[] = {values};
    size_t counts[] = {ROWS};
    struct results_row row = {
        .end_reason = "horizon", .failure = "", .series = series, .table_rows = tables, .table_row_count = counts};
    char path[64], file[256];
    study_folder(path);
    struct results_error error;
    struct results_dir *dir = open_dir(path, &study);
    for (row.replication = 0; row.replication < 3; row.replication++) {
        assert_int_equal(results_dir_add(dir, &error, &row, 1), RESULTS_OK);
    }
    finish(dir);
    results_dir_close(dir);
    struct stat status;
    assert_int_equal(stat(study_path(file, path, "results.h5"), &status), 0);
    assert_true(status.st_size < 3 * (LENGTH * 4 + ROWS * 32) / 3);
    struct results *results = open_results(path);
    for (row.replication = 0; row.replication < 3; row.replication++) {
        study_assert_equal(&study, &row, results_row(results, row.replication));
    }
    results_close(results);
    free(series);
    free(values);
    study_remove(path);
}

static void a_reopened_folder_has_its_shards_and_goes_on(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    add(dir, 2, 5);
    add(dir, 0, 5);
    results_dir_close(dir); /* as if interrupted */
    dir = open_dir(path, &study_small);
    assert_int_equal(results_dir_count(dir), 2);
    assert_true(results_dir_has(dir, 2, 5) && results_dir_has(dir, 0, 5));
    assert_false(results_dir_has(dir, 1, 5) || results_dir_has(dir, 2, 4));
    add(dir, 1, 5);
    finish(dir);
    results_dir_close(dir);
    assert_false(study_exists(path, "shards"));
    struct results *results = open_results(path);
    for (uint32_t config = 0; config < 3; config++) {
        study_assert_row(results_row(results, config));
        assert_int_equal(results_row(results, config)->config, config);
    }
    results_close(results);
    study_remove(path);
}

static void a_finished_folder_is_extended_by_more_replications(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    add(dir, 0, 0);
    add(dir, 0, 2);
    finish(dir);
    add(dir, 0, 3); /* also without closing in between */
    finish(dir);
    results_dir_close(dir);
    dir = open_dir(path, &study_small);
    assert_int_equal(results_dir_count(dir), 3);
    add(dir, 0, 1);
    assert_int_equal(results_dir_count(dir), 4);
    finish(dir);
    results_dir_close(dir);
    struct results *results = open_results(path);
    assert_int_equal(results_row_count(results), 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(results_row(results, i)->replication, i);
        study_assert_row(results_row(results, i));
    }
    results_close(results);
    study_remove(path);
}

static void finishing_twice_leaves_the_file_as_it_is(void **state)
{
    (void)state;
    char path[64], file[256];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    add(dir, 0, 0);
    finish(dir);
    results_dir_close(dir);
    struct stat first, second;
    assert_int_equal(stat(study_path(file, path, "results.h5"), &first), 0);
    dir = open_dir(path, &study_small);
    finish(dir);
    results_dir_close(dir);
    assert_int_equal(stat(file, &second), 0);
    assert_true(first.st_ino == second.st_ino && first.st_mtim.tv_nsec == second.st_mtim.tv_nsec);
    study_remove(path);
}

static void held_rows_need_no_shard(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    struct study_row rows[2];
    struct results_error error;
    study_fill(&rows[0], 1, 1);
    study_fill(&rows[1], 0, 1);
    struct results_row both[] = {rows[0].row, rows[1].row};
    assert_int_equal(results_dir_hold(dir, &error, both, 2), RESULTS_OK);
    assert_false(study_exists(path, "shards/c000001-r000001.h5"));
    assert_true(results_dir_has(dir, 1, 1));
    finish(dir);
    results_dir_close(dir);
    struct results *results = open_results(path);
    assert_int_equal(results_row_count(results), 2);
    study_assert_row(results_row(results, 0));
    study_assert_row(results_row(results, 1));
    results_close(results);
    study_remove(path);
}

static void shards_beside_a_complete_file_are_redundant(void **state)
{
    (void)state;
    char path[64], from[256], to[256];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    add(dir, 0, 0);
    add(dir, 1, 0);
    assert_int_equal(link(study_path(from, path, "shards/c000001-r000000.h5"), study_path(to, path, "kept.h5")), 0);
    finish(dir);
    results_dir_close(dir);
    /* as after a kill between the rename of results.h5 and the removal of the shards */
    assert_int_equal(mkdir(study_path(from, path, "shards"), 0777), 0);
    assert_int_equal(rename(to, study_path(from, path, "shards/c000001-r000000.h5")), 0);
    dir = open_dir(path, &study_small);
    assert_int_equal(results_dir_count(dir), 2);
    finish(dir);
    results_dir_close(dir);
    assert_false(study_exists(path, "shards"));
    study_remove(path);
}

static void another_study_is_refused_and_the_difference_named(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    add(dir, 0, 0);
    finish(dir);
    results_dir_close(dir);
    struct results_text parts[] = {{"scenario", "b"}, {"seed", "7"}, {"version", "0.1.0"}};
    struct results_study other = study_small;
    other.identity = "ffff";
    other.identity_parts = parts;
    struct results_error error = {""};
    assert_int_equal(results_dir_open(&dir, &error, path, &other), RESULTS_MISMATCH);
    assert_null(dir);
    assert_non_null(strstr(error.text, "scenario differs; seed is 42 there, 7 here"));
    assert_null(strstr(error.text, "version"));
    dir = open_dir(path, &study_small); /* the lock was given back, nothing was changed */
    assert_int_equal(results_dir_count(dir), 1);
    results_dir_close(dir);
    study_remove(path);
}

static void shards_of_another_study_or_build_are_refused(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    add(dir, 0, 0);
    results_dir_close(dir);
    struct results_error error = {""};
    struct results_study other = study_small;
    other.identity = "ffff";
    assert_int_equal(results_dir_open(&dir, &error, path, &other), RESULTS_MISMATCH);
    assert_non_null(strstr(error.text, "c000000-r000000.h5: belongs to another study"));
    other = study_small;
    other.column_count = 3;
    assert_int_equal(results_dir_open(&dir, &error, path, &other), RESULTS_MISMATCH);
    assert_non_null(strstr(error.text, "another build"));
    study_remove(path);
}

static void two_processes_cannot_write_the_same_folder(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    pid_t child = fork();
    if (child == 0) {
        struct results_dir *second;
        struct results_error error = {""};
        enum results_result result = results_dir_open(&second, &error, path, &study_small);
        _exit(result == RESULTS_IO && strstr(error.text, "another process") != NULL ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    results_dir_close(dir);
    dir = open_dir(path, &study_small);
    results_dir_close(dir);
    study_remove(path);
}

static void leftovers_of_a_killed_write_are_removed(void **state)
{
    (void)state;
    char path[64], file[256];
    study_folder(path);
    struct results_dir *dir = open_dir(path, &study_small);
    add(dir, 0, 0);
    results_dir_close(dir);
    const char *const names[] = {"results.h5.tmp", "shards/c000000-r000001.h5.tmp"};
    for (size_t i = 0; i < 2; i++) {
        FILE *leftover = fopen(study_path(file, path, names[i]), "w");
        assert_non_null(leftover);
        fputs("half a file", leftover);
        fclose(leftover);
    }
    dir = open_dir(path, &study_small);
    assert_int_equal(results_dir_count(dir), 1);
    assert_false(study_exists(path, names[0]) || study_exists(path, names[1]));
    results_dir_close(dir);
    study_remove(path);
}

static void names_that_cannot_be_stored_are_refused(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    static const char *const bad[] = {"", "a/b", ".hidden", "tab\there", "dup", NULL};
    for (size_t i = 0; i < 6; i++) {
        struct results_column columns[] = {{"dup", NULL, NULL, NULL}, {bad[i], NULL, NULL, NULL}};
        struct results_study study = {.identity = "x", .config_count = 1, .columns = columns, .column_count = 2};
        struct results_error error = {""};
        struct results_dir *dir;
        assert_int_equal(results_dir_open(&dir, &error, path, &study), RESULTS_FORMAT);
        assert_non_null(strstr(error.text, "metric name"));
    }
    study_remove(path);
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    char path[64], failure[1200] = "";
    study_folder(path);
    for (size_t i = 0; i < 1198; i += 2) {
        memcpy(failure + i, "\xc3\xa9", 3);
    }
    const struct results_study study = {.identity = "x", .config_count = 1};
    struct results_row row = {.end_reason = "0123456789012345678901234567890123456789", .failure = failure};
    struct results_error error;
    struct results_dir *dir = open_dir(path, &study);
    assert_int_equal(results_dir_add(dir, &error, &row, 1), RESULTS_OK);
    results_dir_close(dir);
    dir = open_dir(path, &study);
    const struct results_row *read = results_find(results_dir_results(dir), 0, 0);
    assert_int_equal(strlen(read->end_reason), 31);
    assert_int_equal(strlen(read->failure), 510); /* 511 would cut a character of two bytes */
    results_dir_close(dir);
    study_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_written_comes_back),
        cmocka_unit_test(parameters_and_attributes_come_back),
        cmocka_unit_test(long_texts_come_back_whole),
        cmocka_unit_test(a_refused_folder_is_left_as_it_was),
        cmocka_unit_test(a_study_of_nothing_comes_back),
        cmocka_unit_test(large_series_and_tables_are_compressed_and_come_back),
        cmocka_unit_test(a_reopened_folder_has_its_shards_and_goes_on),
        cmocka_unit_test(a_finished_folder_is_extended_by_more_replications),
        cmocka_unit_test(finishing_twice_leaves_the_file_as_it_is),
        cmocka_unit_test(held_rows_need_no_shard),
        cmocka_unit_test(shards_beside_a_complete_file_are_redundant),
        cmocka_unit_test(another_study_is_refused_and_the_difference_named),
        cmocka_unit_test(shards_of_another_study_or_build_are_refused),
        cmocka_unit_test(two_processes_cannot_write_the_same_folder),
        cmocka_unit_test(leftovers_of_a_killed_write_are_removed),
        cmocka_unit_test(names_that_cannot_be_stored_are_refused),
        cmocka_unit_test(long_texts_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
