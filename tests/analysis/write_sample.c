/* write_sample.c: writes the small study into a folder, for the tests that open it with other programs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Usage: write_sample DIR
 */
#include "tests/analysis/study.h"

#include "analysis/export.h"
#include "analysis/report.h"

#include <stdio.h>

static enum results_result add_rows(struct results_dir *dir, struct results_error *error)
{
    for (uint32_t i = 0; i < 10; i++) {
        for (uint32_t c = 0; c < STUDY_CONFIGS; c++) {
            struct study_row made;
            study_fill(&made, c, i);
            made.metrics[0] = 10 * c + i; /* what the readers look for */
            enum results_result result = c == 1 && i > 6 ? RESULTS_OK : results_dir_add(dir, error, &made.row, 1);
            if (result != RESULTS_OK) {
                return result;
            }
        }
    }
    return results_dir_finish(dir, error, NULL, 0);
}

/* The report and the exports of the same rows. */
static enum results_result write_others(const char *path, const struct results *results, struct results_error *error)
{
    char name[256];
    const struct report_order order = {.title = "A sample", .repeat_command = "konsento run sample.lua"};
    enum results_result result = report_write(study_path(name, path, "report.html"), error, results, &order);
    FILE *json = fopen(study_path(name, path, "results.json"), "w"),
         *csv = fopen(study_path(name, path, "results.csv"), "w"),
         *netcdf = fopen(study_path(name, path, "results.nc"), "w");
    if (result == RESULTS_OK) {
        result = json == NULL || csv == NULL ? RESULTS_IO : export_json(json, error, results);
    }
    if (result == RESULTS_OK) {
        result = export_csv(csv, error, results);
    }
    if (result == RESULTS_OK) {
        result = netcdf == NULL ? RESULTS_IO : export_netcdf(netcdf, error, results);
    }
    if (netcdf != NULL) {
        fclose(netcdf);
    }
    if (json != NULL) {
        fclose(json);
    }
    if (csv != NULL) {
        fclose(csv);
    }
    return result;
}

int main(int argc, char **argv)
{
    struct results_error error = {"usage: write_sample DIR"};
    struct results_dir *dir = NULL;
    enum results_result result = RESULTS_IO;
    if (argc == 2) {
        result = results_dir_open(&dir, &error, argv[1], &study_small);
    }
    if (result == RESULTS_OK) {
        result = add_rows(dir, &error);
    }
    if (result == RESULTS_OK) {
        result = write_others(argv[1], results_dir_results(dir), &error);
    }
    if (result != RESULTS_OK) {
        fprintf(stderr, "%s\n", error.text);
    }
    results_dir_close(dir);
    return result == RESULTS_OK ? 0 : 1;
}
