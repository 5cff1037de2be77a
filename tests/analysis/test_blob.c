/* test_blob.c: long strings of bytes come back as they were, from memory and from files.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/blob.h"
#include "tests/analysis/study.h"

#include <hdf5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum content { ZEROS, NOISE, TEXT };

/* Byte number `at` of a content: noise has no order that deflate finds. */
static uint8_t byte_at(enum content content, uint64_t at)
{
    uint64_t x = (at + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return content == ZEROS ? 0 : content == NOISE ? (uint8_t)(x >> 40) : (uint8_t)("regtest "[at % 8] + at / 4096 % 3);
}

static struct blob make(enum content content, uint64_t length)
{
    struct blob_writer writer;
    struct blob blob;
    blob_writer_open(&writer);
    uint8_t part[777];
    for (uint64_t at = 0; at < length;) {
        size_t count = length - at < sizeof part ? (size_t)(length - at) : sizeof part;
        for (size_t i = 0; i < count; i++) {
            part[i] = byte_at(content, at + i);
        }
        blob_write(&writer, part, count);
        at += count;
    }
    assert_true(blob_finish(&blob, &writer));
    return blob;
}

struct compared {
    enum content content;
    uint64_t at, wrong;
};

static void compare(void *context, const uint8_t *bytes, size_t length)
{
    struct compared *compared = context;
    for (size_t i = 0; i < length; i++) {
        compared->wrong += bytes[i] != byte_at(compared->content, compared->at + i);
    }
    compared->at += length;
}

static void expect_content(const struct blob *blob, enum content content, uint64_t length)
{
    struct results_error error;
    struct compared compared = {.content = content};
    assert_int_equal(blob_read(blob, &error, compare, &compared), RESULTS_OK);
    assert_int_equal(compared.at, length);
    assert_int_equal(compared.wrong, 0);
}

static const uint64_t lengths[] = {1,
                                   2,
                                   100,
                                   BLOB_CHUNK_BYTES - 1,
                                   BLOB_CHUNK_BYTES,
                                   BLOB_CHUNK_BYTES + 1,
                                   3 * BLOB_CHUNK_BYTES - 1,
                                   3 * BLOB_CHUNK_BYTES,
                                   7 * BLOB_CHUNK_BYTES + 12345};

static void every_length_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (enum content content = ZEROS; content <= TEXT; content++) {
            struct blob blob = make(content, lengths[i]);
            assert_int_equal(blob.length, lengths[i]);
            assert_int_equal(blob.chunk_count, blob_chunk_count(lengths[i]));
            expect_content(&blob, content, lengths[i]);
            blob_free(&blob);
        }
    }
}

static void what_has_order_gets_small_and_what_has_none_does_not_grow(void **state)
{
    (void)state;
    const uint64_t length = 4 * BLOB_CHUNK_BYTES;
    struct blob zeros = make(ZEROS, length), noise = make(NOISE, length), text = make(TEXT, length);
    assert_in_range(zeros.byte_count, 1, length / 500);
    assert_in_range(text.byte_count, 1, length / 100);
    assert_int_equal(noise.byte_count, length);
    blob_free(&zeros);
    blob_free(&noise);
    blob_free(&text);
}

static void nothing_written_is_nothing(void **state)
{
    (void)state;
    struct blob_writer writer;
    struct blob blob;
    blob_writer_open(&writer);
    blob_write(&writer, (const uint8_t *)"", 0);
    assert_true(blob_finish(&blob, &writer));
    assert_int_equal(blob.length, 0);
    blob_free(&blob);
}

static void damage_is_found(void **state)
{
    (void)state;
    struct blob blob = make(TEXT, 2 * BLOB_CHUNK_BYTES);
    struct results_error error;
    uint8_t *bytes = (uint8_t *)blob.bytes;
    for (size_t at = 0; at < blob.byte_count; at += 1 + blob.byte_count / 50) {
        bytes[at] ^= 0x10;
        struct compared compared = {.content = TEXT};
        /* A wrong byte changes the header, the code, or the checksum of its chunk: a few bits in between mean nothing.
         */
        if (blob_read(&blob, &error, compare, &compared) == RESULTS_OK) {
            assert_int_equal(compared.wrong, 0);
        }
        bytes[at] ^= 0x10;
    }
    uint32_t *sizes = (uint32_t *)blob.chunk_sizes;
    bytes[sizes[0] - 1] ^= 1; /* of the checksum */
    struct compared compared = {.content = TEXT};
    assert_int_equal(blob_read(&blob, &error, compare, &compared), RESULTS_FORMAT);
    assert_non_null(strstr(error.text, "chunk 1 of 2"));
    bytes[sizes[0] - 1] ^= 1;
    sizes[1]--;
    assert_int_equal(blob_read(&blob, &error, compare, &compared), RESULTS_FORMAT);
    sizes[1]++;
    blob_free(&blob);
}

/* ---- in files --------------------------------------------------------------------------------------------------- */

#define LONG_LENGTH (5 * BLOB_CHUNK_BYTES + 99)

static void add(struct results_dir *dir, uint32_t config, uint32_t replication, const struct blob *blob)
{
    struct study_row made;
    struct results_error error;
    study_fill(&made, config, replication);
    made.row.blob = blob;
    if (results_dir_add(dir, &error, &made.row, 1) != RESULTS_OK) {
        fail_msg("%s", error.text);
    }
}

static struct results_dir *open_dir(const char *path)
{
    struct results_dir *dir;
    struct results_error error;
    if (results_dir_open(&dir, &error, path, &study_small) != RESULTS_OK) {
        fail_msg("%s", error.text);
    }
    return dir;
}

static void finish(struct results_dir *dir)
{
    struct results_error error;
    assert_int_equal(results_dir_finish(dir, &error, NULL, 0), RESULTS_OK);
    results_dir_close(dir);
}

/* Any program reads the bytes as they were: HDF5 expands the chunks itself. */
static void expect_through_hdf5(const char *path, const char *name, enum content content, uint64_t length)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), dataset = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(file >= 0 && dataset >= 0);
    uint8_t *bytes = malloc(length);
    assert_non_null(bytes);
    assert_true(H5Dread(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
    struct compared compared = {.content = content};
    compare(&compared, bytes, length);
    assert_int_equal(compared.wrong, 0);
    free(bytes);
    H5Dclose(dataset);
    H5Fclose(file);
}

static void blobs_of_all_kinds_go_through_shards_and_results(void **state)
{
    (void)state;
    char folder[64], path[256];
    struct results_error error;
    struct blob text = make(TEXT, LONG_LENGTH), noise = make(NOISE, LONG_LENGTH), one = make(TEXT, 1);
    study_folder(folder);
    struct results_dir *dir = open_dir(folder);
    add(dir, 0, 3, &text);
    add(dir, 2, 0, &noise);
    results_dir_close(dir); /* as if killed: the shards are read again */
    dir = open_dir(folder);
    add(dir, 1, 1, NULL);
    finish(dir);
    dir = open_dir(folder); /* and the file, which is written anew with one more */
    add(dir, 1, 0, &one);
    finish(dir);
    struct results *results;
    study_path(path, folder, "results.h5");
    assert_int_equal(results_open(&results, &error, path), RESULTS_OK);
    assert_string_equal(results_study(results)->blob_name, study_small.blob_name);
    assert_string_equal(results_study(results)->blob_definition, study_small.blob_definition);
    expect_content(results_find(results, 0, 3)->blob, TEXT, LONG_LENGTH);
    expect_content(results_find(results, 2, 0)->blob, NOISE, LONG_LENGTH);
    expect_content(results_find(results, 1, 0)->blob, TEXT, 1);
    assert_null(results_find(results, 1, 1)->blob);
    results_close(results);
    expect_through_hdf5(path, "/blobs/notes/c0-r3", TEXT, LONG_LENGTH);
    expect_through_hdf5(path, "/blobs/notes/c2-r0", NOISE, LONG_LENGTH);
    study_remove(folder);
    blob_free(&text);
    blob_free(&noise);
    blob_free(&one);
}

static void a_study_without_blobs_keeps_none(void **state)
{
    (void)state;
    char folder[64], path[256];
    struct results_error error;
    struct results_study plain = study_small;
    plain.blob_name = NULL;
    study_folder(folder);
    struct results_dir *dir;
    assert_int_equal(results_dir_open(&dir, &error, folder, &plain), RESULTS_OK);
    add(dir, 0, 0, &(struct blob){1, 1, 1, &(uint32_t){1}, (const uint8_t *)"x"});
    finish(dir);
    struct results *results;
    assert_int_equal(results_open(&results, &error, study_path(path, folder, "results.h5")), RESULTS_OK);
    assert_null(results_study(results)->blob_name);
    assert_null(results_row(results, 0)->blob);
    results_close(results);
    assert_int_equal(results_dir_open(&dir, &error, folder, &study_small), RESULTS_MISMATCH);
    study_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_comes_back),
        cmocka_unit_test(what_has_order_gets_small_and_what_has_none_does_not_grow),
        cmocka_unit_test(nothing_written_is_nothing),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(blobs_of_all_kinds_go_through_shards_and_results),
        cmocka_unit_test(a_study_without_blobs_keeps_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
