/* test_damage.c: a damaged or foreign file is refused with a reason, never half read and never a crash.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * First the accidents, which the seal finds: flipped bits, files cut off. Then files with a right seal whose HDF5
 * content is not what the layout says: objects missing, of another kind, another type, another size.
 */
#include "tests/analysis/study.h"

#include "analysis/export.h"
#include "analysis/inspect.h"
#include "analysis/store.h"

#include <fcntl.h>
#include <hdf5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FLIPS 2000
#define CUTS  500

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* A folder with a finished study, and one shard (of another replication) beside it. */
static void make_folder(char path[64])
{
    struct results_error error = {""};
    struct results_dir *dir;
    struct study_row made;
    study_folder(path);
    assert_int_equal(results_dir_open(&dir, &error, path, &study_small), RESULTS_OK);
    for (uint32_t i = 0; i < 9; i++) {
        study_fill(&made, i % 3, i);
        assert_int_equal(results_dir_hold(dir, &error, &made.row, 1), RESULTS_OK);
    }
    assert_int_equal(results_dir_finish(dir, &error, NULL, 0), RESULTS_OK);
    study_fill(&made, 1, 100);
    assert_int_equal(results_dir_add(dir, &error, &made.row, 1), RESULTS_OK);
    results_dir_close(dir);
}

struct bytes {
    uint8_t *at;
    size_t length;
};

static struct bytes read_bytes(const char *path)
{
    struct bytes bytes = {malloc(1 << 20), 0};
    FILE *in = fopen(path, "rb");
    assert_true(in != NULL && bytes.at != NULL);
    bytes.length = fread(bytes.at, 1, 1 << 20, in);
    fclose(in);
    return bytes;
}

static void write_bytes(const char *path, const uint8_t *bytes, size_t length)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    fclose(out);
}

static void assert_damaged(const char *path)
{
    struct results_error error = {""};
    struct results *results;
    assert_int_equal(results_open(&results, &error, path), RESULTS_FORMAT);
    assert_null(results);
    assert_non_null(strstr(error.text, path));
}

/* Turns one bit of the file over. */
static void flip(int file, off_t at, uint8_t bit)
{
    uint8_t byte;
    assert_int_equal(pread(file, &byte, 1, at), 1);
    byte ^= bit;
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
}

static void a_flipped_bit_anywhere_is_found(void **state)
{
    (void)state;
    char path[64], name[256];
    uint64_t random = 1;
    make_folder(path);
    study_path(name, path, "results.h5");
    int file = open(name, O_RDWR);
    off_t length = lseek(file, 0, SEEK_END);
    assert_true(length > 10000);
    for (off_t i = 0; i < FLIPS; i++) {
        off_t at = i < STORE_SEAL_BYTES ? length - 1 - i : (off_t)(next_random(&random) % (uint64_t)length);
        uint8_t bit = (uint8_t)(1u << next_random(&random) % 8);
        flip(file, at, bit);
        assert_damaged(name);
        flip(file, at, bit);
    }
    close(file);
    struct results *results;
    struct results_error error;
    assert_int_equal(results_open(&results, &error, name), RESULTS_OK); /* it was the flips indeed */
    results_close(results);
    study_remove(path);
}

static void a_file_grown_or_cut_off_is_found(void **state)
{
    (void)state;
    char path[64], name[256];
    uint64_t random = 2;
    make_folder(path);
    study_path(name, path, "results.h5");
    int file = open(name, O_RDWR);
    off_t length = lseek(file, 0, SEEK_END);
    assert_int_equal(ftruncate(file, length + 100), 0);
    assert_damaged(name);
    for (off_t left = length - 1; left >= 0;
         left -= left > length - 100 || left < 100 ? 1 : (off_t)(next_random(&random) % 200)) {
        assert_int_equal(ftruncate(file, left), 0);
        assert_damaged(name);
    }
    close(file);
    study_remove(path);
}

static void a_damaged_shard_stops_the_folder_and_is_named(void **state)
{
    (void)state;
    char path[64], file[256];
    uint64_t random = 3;
    make_folder(path);
    study_path(file, path, "shards/c000001-r000100.h5");
    struct bytes bytes = read_bytes(file);
    for (size_t i = 0; i < 100; i++) {
        size_t at = next_random(&random) % bytes.length;
        struct results_error error = {""};
        struct results_dir *dir;
        bytes.at[at] ^= 0x10;
        write_bytes(file, bytes.at, i % 2 == 0 ? bytes.length : at);
        bytes.at[at] ^= 0x10;
        assert_int_equal(results_dir_open(&dir, &error, path, &study_small), RESULTS_FORMAT);
        assert_non_null(strstr(error.text, "c000001-r000100.h5"));
    }
    free(bytes.at);
    study_remove(path);
}

/* Everything in the file, collected by H5Ovisit. */
struct objects {
    char names[200][128];
    size_t count;
};

static herr_t collect(hid_t file, const char *name, const H5O_info_t *info, void *data)
{
    struct objects *objects = data;
    (void)file;
    (void)info;
    if (strcmp(name, ".") != 0) {
        assert_true(objects->count < 200);
        snprintf(objects->names[objects->count++], sizeof objects->names[0], "%s", name);
    }
    return 0;
}

enum edit { EDIT_REMOVE, EDIT_GROUP, EDIT_INTEGER, EDIT_TEXT, EDIT_SHORT, EDIT_RANK, EDIT_LINK, EDIT_COUNT };

/* A dataset of some type and size in the place of an object. */
static void put_dataset(hid_t file, const char *name, hid_t type, int rank)
{
    static const hsize_t lengths[4] = {2, 1, 3, 2};
    hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, lengths, NULL);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void edit_object(hid_t file, const char *name, enum edit edit)
{
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 5);
    switch (edit) {
    case EDIT_REMOVE:
        break;
    case EDIT_GROUP:
        H5Gclose(H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        break;
    case EDIT_INTEGER:
        put_dataset(file, name, H5T_STD_I16BE, 2);
        break;
    case EDIT_TEXT:
        put_dataset(file, name, text, 2);
        break;
    case EDIT_SHORT:
        put_dataset(file, name, H5T_NATIVE_DOUBLE, 1);
        break;
    case EDIT_RANK:
        put_dataset(file, name, H5T_NATIVE_FLOAT, 4);
        break;
    case EDIT_LINK:
        assert_true(H5Lcreate_soft("/metrics", file, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
        break;
    case EDIT_COUNT:
        break;
    }
    H5Tclose(text);
}

/* Writes the file again with a new seal. */
static void seal_again(const char *path, const char *name)
{
    char file[256];
    struct results_error error = {""};
    struct bytes bytes = read_bytes(study_path(file, path, name));
    int folder = open(path, O_RDONLY | O_DIRECTORY);
    struct store_place place = {folder, path, name};
    assert_int_equal(store_write(&error, &place, bytes.at, bytes.length, STORE_SEALED, STORE_AGAINST_KILL), RESULTS_OK);
    close(folder);
    free(bytes.at);
}

/* Reads the edited file: a fault with a text, or else results that can be used. */
static unsigned read_edited(const char *file)
{
    struct results_error error = {""};
    struct results *results;
    enum results_result result = results_open(&results, &error, file);
    if (result != RESULTS_OK) {
        assert_int_equal(result, RESULTS_FORMAT);
        assert_true(strlen(error.text) > strlen(file) + 2);
        return 1;
    }
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    assert_int_equal(export_json(out, &error, results), RESULTS_OK);
    assert_int_equal(inspect_write(out, &error, results), RESULTS_OK);
    fclose(out);
    results_close(results);
    return 0;
}

static void edit_and_read(const char *path, const struct bytes *good, const char *name, enum edit edit,
                          unsigned *refused)
{
    char file[256];
    study_path(file, path, "results.h5");
    write_bytes(file, good->at, good->length);
    hid_t opened = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(opened >= 0);
    edit_object(opened, name, edit);
    H5Fclose(opened);
    seal_again(path, "results.h5");
    *refused += read_edited(file);
}

static void every_object_may_be_missing_or_another(void **state)
{
    (void)state;
    char path[64], file[256];
    struct objects objects = {.count = 0};
    unsigned refused = 0;
    make_folder(path);
    study_path(file, path, "results.h5");
    struct bytes good = read_bytes(file);
    hid_t opened = H5Fopen(file, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5Ovisit(opened, H5_INDEX_NAME, H5_ITER_INC, collect, &objects) >= 0);
    H5Fclose(opened);
    assert_true(objects.count > 30);
    for (size_t i = 0; i < objects.count; i++) {
        for (int edit = 0; edit < EDIT_COUNT; edit++) {
            edit_and_read(path, &good, objects.names[i], (enum edit)edit, &refused);
        }
    }
    print_message("%zu objects, %u of %zu edits refused\n", objects.count, refused, objects.count * EDIT_COUNT);
    assert_true(refused * 2 > objects.count * EDIT_COUNT);
    free(good.at);
    study_remove(path);
}

/* A file without its seal, as another program leaves it when it has changed something. */
static void a_changed_file_is_not_read(void **state)
{
    (void)state;
    char path[64], file[256];
    make_folder(path);
    study_path(file, path, "results.h5");
    hid_t opened = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(opened >= 0);
    assert_true(H5Ldelete(opened, "provenance", H5P_DEFAULT) >= 0);
    H5Fclose(opened);
    assert_damaged(file);
    study_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flipped_bit_anywhere_is_found),
        cmocka_unit_test(a_file_grown_or_cut_off_is_found),
        cmocka_unit_test(a_damaged_shard_stops_the_folder_and_is_named),
        cmocka_unit_test(every_object_may_be_missing_or_another),
        cmocka_unit_test(a_changed_file_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
