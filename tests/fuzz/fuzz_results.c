/* fuzz_results.c: the results file against bytes that are none, and studies of any names and values.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * First byte even: the rest is a file to be opened. Odd: the rest describes a study with one row, which is refused with
 * a reason, or written, read back, and the same.
 */
#include "analysis/results.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define TEXTS      8
#define TEXT_BYTES 300
#define VALUES     4

/* What a study is made of: texts that end at a zero byte, then numbers. */
struct source {
    char texts[TEXTS][TEXT_BYTES];
    double metrics[VALUES];
    int64_t events[VALUES];
    uint32_t replication;
};

static void take(void *to, size_t size, const uint8_t **bytes, size_t *length)
{
    size_t part = size < *length ? size : *length;
    memset(to, 0, size);
    memcpy(to, *bytes, part);
    *bytes += part;
    *length -= part;
}

static void take_text(char text[TEXT_BYTES], const uint8_t **bytes, size_t *length)
{
    size_t size = strnlen((const char *)*bytes, *length < TEXT_BYTES - 1 ? *length : TEXT_BYTES - 1);
    memcpy(text, *bytes, size);
    text[size] = '\0';
    size += size < *length; /* the zero byte too */
    *bytes += size;
    *length -= size;
}

static void open_bytes(const uint8_t *bytes, size_t length)
{
    int file = memfd_create("results", 0);
    assert(file >= 0);
    for (size_t done = 0; done < length;) {
        ssize_t count = write(file, bytes + done, length - done);
        assert(count > 0);
        done += (size_t)count;
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct results_error error = {""};
    struct results *results;
    enum results_result result = results_open(&results, &error, path);
    assert((result == RESULTS_OK) == (results != NULL) && (result == RESULTS_OK || error.text[0] != '\0'));
    results_close(results);
    close(file);
}

static void compare(const struct source *source, const struct results *results)
{
    const struct results_study *study = results_study(results);
    const struct results_row *row = results_find(results, 0, source->replication);
    assert(row != NULL && strcmp(study->columns[1].name, source->texts[0]) == 0);
    assert(strcmp(study->columns[1].definition, source->texts[1]) == 0);
    assert(strcmp(study->provenance[0].name, source->texts[2]) == 0);
    assert(strcmp(study->provenance[0].text, source->texts[3]) == 0);
    assert(strcmp(study->attributes[0].text, source->texts[5]) == 0);
    for (size_t i = 0; i < 2; i++) {
        assert(row->metrics[i] == source->metrics[i] || source->metrics[i] != source->metrics[i]);
    }
    assert(row->table_row_count[0] == 2 && memcmp(row->table_rows[0], source->events, sizeof source->events) == 0);
}

static void write_and_read(const struct source *source, const char *path)
{
    const struct results_column columns[] = {{"first", "1", "", ""}, {source->texts[0], "", "", source->texts[1]}};
    const struct results_text provenance = {source->texts[2], source->texts[3]};
    const struct results_text attribute = {source->texts[4], source->texts[5]};
    const char *const names[] = {"a", source->texts[6]}, *const values[] = {source->texts[7]};
    const struct results_param param = {"rail", "", values};
    const struct results_table table = {"session", names, 2};
    const struct results_study study = {.identity = "x",
                                        .config_count = 1,
                                        .columns = columns,
                                        .column_count = 2,
                                        .params = &param,
                                        .param_count = 1,
                                        .attributes = &attribute,
                                        .attribute_count = 1,
                                        .provenance = &provenance,
                                        .provenance_count = 1,
                                        .tables = &table,
                                        .table_count = 1};
    const int64_t *const tables[] = {source->events};
    const size_t counts[] = {VALUES / 2};
    const struct results_row row = {.replication = source->replication,
                                    .end_reason = source->texts[1],
                                    .failure = source->texts[3],
                                    .metrics = source->metrics,
                                    .table_rows = tables,
                                    .table_row_count = counts};
    struct results_error error = {""};
    struct results_dir *dir;
    struct results *results;
    char file[64];
    if (results_dir_open(&dir, &error, path, &study) != RESULTS_OK) {
        assert(dir == NULL && error.text[0] != '\0');
        return;
    }
    assert(results_dir_add(dir, &error, &row, 1) == RESULTS_OK);
    results_dir_close(dir);
    assert(results_dir_open(&dir, &error, path, &study) == RESULTS_OK);
    assert(results_dir_finish(dir, &error, NULL, 0) == RESULTS_OK);
    results_dir_close(dir);
    snprintf(file, sizeof file, "%s/results.h5", path);
    assert(results_open(&results, &error, file) == RESULTS_OK);
    compare(source, results);
    results_close(results);
    unlink(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0) {
        return 0;
    }
    bool raw = bytes[0] % 2 == 0;
    bytes++;
    length--;
    if (raw) {
        open_bytes(bytes, length);
        return 0;
    }
    struct source source;
    char path[] = "fuzz_results.XXXXXX", lock[64];
    for (size_t i = 0; i < TEXTS; i++) {
        take_text(source.texts[i], &bytes, &length);
    }
    take(source.metrics, sizeof source.metrics, &bytes, &length);
    take(source.events, sizeof source.events, &bytes, &length);
    take(&source.replication, sizeof source.replication, &bytes, &length);
    if (mkdtemp(path) == NULL) {
        abort();
    }
    write_and_read(&source, path);
    snprintf(lock, sizeof lock, "%s/.lock", path);
    unlink(lock);
    snprintf(lock, sizeof lock, "%s/shards", path);
    rmdir(lock);
    rmdir(path);
    return 0;
}
