/* test_disk.c: full disks, folders that cannot be written, and files that are not ours.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/analysis/study.h"

#include "analysis/report.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static enum results_result add(struct results_dir *dir, struct results_error *error, uint32_t replication)
{
    struct study_row made;
    study_fill(&made, 0, replication);
    return results_dir_add(dir, error, &made.row, 1);
}

static struct results_dir *open_dir(const char *path)
{
    struct results_error error = {""};
    struct results_dir *dir;
    if (results_dir_open(&dir, &error, path, &study_small) != RESULTS_OK) {
        fail_msg("%s", error.text);
    }
    return dir;
}

/* Number of files in a folder whose name ends so. */
static unsigned count_files(const char *path, const char *end)
{
    unsigned count = 0;
    DIR *list = opendir(path);
    assert_non_null(list);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        size_t length = strlen(entry->d_name), end_length = strlen(end);
        count += length >= end_length && strcmp(entry->d_name + length - end_length, end) == 0;
    }
    closedir(list);
    return count;
}

static void assert_refused(const char *path, enum results_result expected, const char *text)
{
    struct results_error error = {""};
    struct results_dir *dir;
    assert_int_equal(results_dir_open(&dir, &error, path, &study_small), expected);
    assert_null(dir);
    if (strstr(error.text, path) == NULL || strstr(error.text, text) == NULL) {
        fail_msg("\"%s\" does not name %s and \"%s\"", error.text, path, text);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_shard_that_does_not_fit_leaves_nothing_behind(void **state)
{
    (void)state;
    char path[64], shards[256];
    struct results_error error = {""};
    study_folder(path);
    struct results_dir *dir = open_dir(path);
    assert_int_equal(add(dir, &error, 0), RESULTS_OK);
    for (rlim_t bytes = 0; bytes <= 4096; bytes += 512) {
        limit_file_size(bytes);
        enum results_result result = add(dir, &error, 1);
        limit_file_size(RLIM_INFINITY);
        assert_int_equal(result, RESULTS_IO);
        assert_non_null(strstr(error.text, "File too large"));
        assert_false(results_dir_has(dir, 0, 1));
    }
    study_path(shards, path, "shards");
    assert_int_equal(count_files(shards, ".h5"), 1);
    assert_int_equal(count_files(shards, ".tmp"), 0);
    assert_int_equal(add(dir, &error, 1), RESULTS_OK); /* there is room again: the same row goes in */
    results_dir_close(dir);
    study_remove(path);
}

static void a_finish_that_does_not_fit_keeps_the_shards_and_the_old_file(void **state)
{
    (void)state;
    char path[64], file[256];
    struct results_error error = {""};
    struct results *results;
    study_folder(path);
    struct results_dir *dir = open_dir(path);
    assert_int_equal(add(dir, &error, 0), RESULTS_OK);
    assert_int_equal(results_dir_finish(dir, &error, NULL, 0), RESULTS_OK);
    assert_int_equal(add(dir, &error, 1), RESULTS_OK);
    limit_file_size(20000);
    enum results_result result = results_dir_finish(dir, &error, NULL, 0);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(result, RESULTS_IO);
    assert_false(study_exists(path, "results.h5.tmp"));
    assert_int_equal(results_open(&results, &error, study_path(file, path, "results.h5")), RESULTS_OK);
    assert_int_equal(results_row_count(results), 1); /* the old one */
    results_close(results);
    results_dir_close(dir);
    dir = open_dir(path);
    assert_int_equal(results_dir_count(dir), 2);
    assert_int_equal(results_dir_finish(dir, &error, NULL, 0), RESULTS_OK);
    results_dir_close(dir);
    study_remove(path);
}

/* On a file system of 256 kB of its own, in a child with its own mounts. Exit 77: mounting is not permitted here. */
static void fill_small_disk(const char *path)
{
    struct results_error error = {""};
    struct results *results;
    char file[256];
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", path, "tmpfs", 0, "size=256k") != 0) {
        _exit(77);
    }
    struct results_dir *dir = open_dir(path);
    uint32_t count = 0;
    while (count < 1000 && add(dir, &error, count) == RESULTS_OK) {
        count++;
    }
    assert_true(count > 5 && count < 1000);
    assert_non_null(strstr(error.text, "No space left on device"));
    assert_int_equal(results_dir_finish(dir, &error, NULL, 0), RESULTS_IO);
    assert_false(study_exists(path, "results.h5") || study_exists(path, "results.h5.tmp"));
    results_dir_close(dir);
    dir = open_dir(path);
    assert_int_equal(results_dir_count(dir), count);
    for (uint32_t i = 0; i < count; i++) {
        study_assert_row(results_find(results_dir_results(dir), 0, i));
    }
    assert_int_equal(mount("none", path, "tmpfs", MS_REMOUNT, "size=8m"), 0);
    assert_int_equal(results_dir_finish(dir, &error, NULL, 0), RESULTS_OK);
    results_dir_close(dir);
    assert_int_equal(results_open(&results, &error, study_path(file, path, "results.h5")), RESULTS_OK);
    assert_int_equal(results_row_count(results), count);
    results_close(results);
    _exit(0);
}

static void a_full_disk_loses_nothing_finished(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    pid_t child = fork();
    if (child == 0) {
        fill_small_disk(path);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    study_remove(path);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        skip();
    }
    assert_int_equal(status, 0);
}

static void a_folder_that_cannot_be_is_refused(void **state)
{
    (void)state;
    char path[64], file[256], below[300];
    study_folder(path);
    study_path(file, path, "file");
    write_file(file, "not a folder");
    assert_refused(file, RESULTS_IO, "Not a directory");
    snprintf(below, sizeof below, "%s/below", file);
    assert_refused(below, RESULTS_IO, "Not a directory");
    assert_refused("/proc/konsento", RESULTS_IO, "cannot create the folder");
    assert_refused("", RESULTS_IO, "no folder name");
    study_remove(path);
}

static void a_folder_without_permission_is_refused(void **state)
{
    (void)state;
    char path[64];
    if (geteuid() == 0) {
        skip(); /* root may write everywhere */
    }
    study_folder(path);
    assert_int_equal(chmod(path, 0500), 0);
    assert_refused(path, RESULTS_IO, "cannot write into the folder");
    study_remove(path);
}

static void parents_of_the_folder_are_made(void **state)
{
    (void)state;
    char path[64], deep[256];
    study_folder(path);
    results_dir_close(open_dir(study_path(deep, path, "a/b//c/")));
    assert_true(study_exists(path, "a/b/c/.lock"));
    assert_false(study_exists(path, "a/b/c/shards")); /* nothing was written into it */
    study_remove(path);
}

static void a_foreign_results_file_is_never_overwritten(void **state)
{
    (void)state;
    char path[64], file[256], text[64] = "";
    study_folder(path);
    study_path(file, path, "results.h5");
    write_file(file, "somebody's precious file, which is a little longer than a seal");
    assert_refused(path, RESULTS_FORMAT, "no konsento seal");
    FILE *in = fopen(file, "r");
    assert_non_null(in);
    assert_non_null(fgets(text, sizeof text, in));
    fclose(in);
    assert_string_equal(text, "somebody's precious file, which is a little longer than a seal");
    write_file(file, "short");
    assert_refused(path, RESULTS_FORMAT, "only 5 bytes");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0777), 0);
    assert_refused(path, RESULTS_IO, "is not a file");
    assert_int_equal(rmdir(file), 0);
    assert_int_equal(mkfifo(file, 0666), 0);
    assert_refused(path, RESULTS_IO, "is not a file");
    study_remove(path);
}

static void a_missing_file_is_said_to_be_missing(void **state)
{
    (void)state;
    struct results *results;
    struct results_error error = {""};
    assert_int_equal(results_open(&results, &error, "not/there.h5"), RESULTS_IO);
    assert_string_equal(error.text, "not/there.h5: cannot open: No such file or directory");
    assert_null(results);
}

static void a_report_that_does_not_fit_leaves_nothing_behind(void **state)
{
    (void)state;
    char path[64], file[256];
    struct results_error error = {""};
    study_folder(path);
    struct results_dir *dir = open_dir(path);
    assert_int_equal(add(dir, &error, 0), RESULTS_OK);
    const struct report_order order = {.title = "t", .repeat_command = "konsento run"};
    study_path(file, path, "report.html");
    limit_file_size(1000);
    enum results_result result = report_write(file, &error, results_dir_results(dir), &order);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(result, RESULTS_IO);
    assert_false(study_exists(path, "report.html") || study_exists(path, "report.html.tmp"));
    assert_int_equal(report_write("not/there.html", &error, results_dir_results(dir), &order), RESULTS_IO);
    assert_int_equal(report_write(path, &error, results_dir_results(dir), &order), RESULTS_IO); /* a folder */
    assert_int_equal(report_write("", &error, results_dir_results(dir), &order), RESULTS_IO);
    assert_int_equal(report_write(file, &error, results_dir_results(dir), &order), RESULTS_OK);
    results_dir_close(dir);
    study_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shard_that_does_not_fit_leaves_nothing_behind),
        cmocka_unit_test(a_finish_that_does_not_fit_keeps_the_shards_and_the_old_file),
        cmocka_unit_test(a_full_disk_loses_nothing_finished),
        cmocka_unit_test(a_folder_that_cannot_be_is_refused),
        cmocka_unit_test(a_folder_without_permission_is_refused),
        cmocka_unit_test(parents_of_the_folder_are_made),
        cmocka_unit_test(a_foreign_results_file_is_never_overwritten),
        cmocka_unit_test(a_missing_file_is_said_to_be_missing),
        cmocka_unit_test(a_report_that_does_not_fit_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
