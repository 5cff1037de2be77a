/* h5in.c: reads an HDF5 file that may not be what it says.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/h5in.h"

#include "analysis/h5out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 100000

void h5_in_fault(struct h5_in *in, const char *object, const char *what)
{
    if (!in->failed) {
        in->failed = true;
        snprintf(in->fault, sizeof in->fault, "%.100s %.100s", object, what);
    }
}

bool h5_in_open(struct h5_in *in, const char *path, struct pool *pool)
{
    h5_silence();
    *in = (struct h5_in){.pool = pool};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_file_locking(access, false,
                        true); /* files are never changed in place, and some file systems know no locks */
    in->transfer_list = h5_transfer_list();
    in->file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (in->file < 0) {
        H5Pclose(in->transfer_list);
        h5_in_fault(in, "HDF5", "does not know this file");
    }
    return in->file >= 0;
}

void h5_in_close(struct h5_in *in)
{
    if (in->file >= 0) {
        H5Fclose(in->file);
        H5Pclose(in->transfer_list);
    }
    in->file = H5I_INVALID_HID;
}

/* The pool's copy; a fault when memory is out. */
static const char *keep(struct h5_in *in, const char *object, const char *text)
{
    const char *copy = pool_text(in->pool, text == NULL ? "" : text);
    if (copy == NULL) {
        h5_in_fault(in, object, "does not fit into memory");
    }
    return copy;
}

static bool is_text(hid_t type)
{
    return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0;
}

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static bool is_scalar(hid_t space)
{
    return H5Sget_simple_extent_npoints(space) == 1;
}

/* Reads one element of an attribute into value. */
static void read_attribute(struct h5_in *in, hid_t object, const char *name, hid_t memory_type, void *value)
{
    if (in->failed) {
        return;
    }
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) {
        h5_in_fault(in, name, "(attribute) is missing");
        return;
    }
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    bool fits =
        H5Tget_class(memory_type) == H5T_STRING ? is_text(type) : H5Tget_class(type) == H5Tget_class(memory_type);
    if (!fits || !is_scalar(space) || H5Aread(attribute, memory_type, value) < 0) {
        h5_in_fault(in, name, "(attribute) has the wrong type");
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
}

const char *h5_in_attribute_text(struct h5_in *in, hid_t object, const char *name)
{
    char *text = NULL;
    hid_t type = text_type();
    read_attribute(in, object, name, type, &text);
    H5Tclose(type);
    const char *copy = in->failed ? NULL : keep(in, name, text);
    H5free_memory(text);
    return copy;
}

uint64_t h5_in_attribute_u64(struct h5_in *in, hid_t object, const char *name)
{
    uint64_t value = 0;
    read_attribute(in, object, name, H5T_NATIVE_UINT64, &value);
    return in->failed ? 0 : value;
}

double h5_in_attribute_double(struct h5_in *in, hid_t object, const char *name)
{
    double value = 0;
    read_attribute(in, object, name, H5T_NATIVE_DOUBLE, &value);
    return in->failed ? 0 : value;
}

bool h5_in_has_attribute(struct h5_in *in, hid_t object, const char *name)
{
    return !in->failed && H5Aexists(object, name) > 0;
}

/* Names as they are met, in a list that grows. */
struct name_list {
    struct h5_in *in;
    const char **names;
    size_t count, capacity;
};

static herr_t add_name(struct name_list *list, const char *name)
{
    if (list->count == NAMES_MAX || strlen(name) >= H5_NAME_BYTES) {
        h5_in_fault(list->in, "a group", "holds too many names, or one that is too long");
        return -1;
    }
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 32 : 2 * list->capacity;
        const char **names = reallocarray(list->names, list->capacity, sizeof *names);
        if (names == NULL) {
            h5_in_fault(list->in, name, "does not fit into memory");
            return -1;
        }
        list->names = names;
    }
    const char *copy = keep(list->in, name, name);
    list->names[list->count] = copy;
    list->count += copy != NULL;
    return copy == NULL ? -1 : 0;
}

static const char *const *take_list(struct name_list *list, size_t *count)
{
    const char **names = pool_take(list->in->pool, list->count, sizeof *names);
    if (names == NULL) {
        h5_in_fault(list->in, "a group", "does not fit into memory");
    } else if (list->count > 0) {
        memcpy(names, list->names, list->count * sizeof *names);
    }
    free(list->names);
    *count = list->in->failed ? 0 : list->count;
    return names;
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    (void)group;
    struct name_list *list = data;
    if (info->type != H5L_TYPE_HARD) {
        h5_in_fault(list->in, name, "is a link to elsewhere");
        return -1;
    }
    return add_name(list, name);
}

const char *const *h5_in_names(struct h5_in *in, hid_t group, size_t *count)
{
    struct name_list list = {.in = in};
    if (!in->failed && H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, visit_link, &list) < 0) {
        h5_in_fault(in, "a group", "cannot be listed");
    }
    return take_list(&list, count);
}

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    (void)info;
    struct name_list *list = data;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) {
        h5_in_fault(list->in, name, "(attribute) cannot be opened");
        return -1;
    }
    hid_t type = H5Aget_type(attribute);
    bool text = is_text(type);
    H5Tclose(type);
    H5Aclose(attribute);
    return text ? add_name(list, name) : 0;
}

const char *const *h5_in_attribute_names(struct h5_in *in, hid_t object, size_t *count)
{
    struct name_list list = {.in = in};
    if (!in->failed && H5Aiterate2(object, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, visit_attribute, &list) < 0) {
        h5_in_fault(in, "an object", "has attributes that cannot be listed");
    }
    return take_list(&list, count);
}

bool h5_in_has(struct h5_in *in, hid_t parent, const char *name)
{
    return !in->failed && H5Lexists(parent, name, H5P_DEFAULT) > 0;
}

static hid_t open_object(struct h5_in *in, hid_t parent, const char *name, H5I_type_t wanted)
{
    if (in->failed) {
        return H5I_INVALID_HID;
    }
    hid_t object = H5Oopen(parent, name, H5P_DEFAULT);
    if (object < 0 || H5Iget_type(object) != wanted) {
        h5_in_fault(in, name, object < 0 ? "is missing" : "is another kind of object");
        h5_in_end(object);
        return H5I_INVALID_HID;
    }
    return object;
}

hid_t h5_in_group(struct h5_in *in, hid_t parent, const char *name)
{
    return open_object(in, parent, name, H5I_GROUP);
}

hid_t h5_in_dataset(struct h5_in *in, hid_t parent, const char *name)
{
    return open_object(in, parent, name, H5I_DATASET);
}

void h5_in_end(hid_t object)
{
    if (object >= 0) {
        H5Oclose(object);
    }
}

/* Rank and lengths of a dataset; rank -1 if it has none that we read. */
static int get_size(hid_t dataset, hsize_t lengths[H5_RANK_MAX])
{
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > H5_RANK_MAX || H5Sget_simple_extent_dims(space, lengths, NULL) != rank) {
        rank = -1;
    }
    H5Sclose(space);
    return rank;
}

hsize_t h5_in_length(struct h5_in *in, hid_t dataset, const char *name)
{
    hsize_t lengths[H5_RANK_MAX];
    if (in->failed) {
        return 0;
    }
    if (get_size(dataset, lengths) != 1) {
        h5_in_fault(in, name, "is not one-dimensional");
        return 0;
    }
    return lengths[0];
}

static bool fits_type(hid_t dataset, hid_t memory_type)
{
    hid_t type = H5Dget_type(dataset);
    H5T_class_t wanted = H5Tget_class(memory_type);
    bool fits = wanted == H5T_STRING ? is_text(type) : H5Tget_class(type) == wanted;
    H5Tclose(type);
    return fits;
}

void h5_in_expect(struct h5_in *in, hid_t dataset, const char *name, hid_t memory_type, int rank,
                  const hsize_t *lengths)
{
    hsize_t found[H5_RANK_MAX];
    if (in->failed) {
        return;
    }
    if (!fits_type(dataset, memory_type)) {
        h5_in_fault(in, name, "has the wrong type");
    } else if (get_size(dataset, found) != rank || memcmp(found, lengths, (size_t)rank * sizeof *found) != 0) {
        h5_in_fault(in, name, "has the wrong size");
    }
}

void h5_in_values(struct h5_in *in, hid_t parent, const char *name, hid_t memory_type, int rank, const hsize_t *lengths,
                  void *values)
{
    hid_t dataset = h5_in_dataset(in, parent, name);
    h5_in_expect(in, dataset, name, memory_type, rank, lengths);
    if (!in->failed && H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, in->transfer_list, values) < 0) {
        h5_in_fault(in, name, "cannot be read");
    }
    h5_in_end(dataset);
}

static void keep_texts(struct h5_in *in, const char *name, char **read, size_t count, const char **texts)
{
    for (size_t i = 0; i < count; i++) {
        texts[i] = in->failed ? NULL : keep(in, name, read[i]);
        H5free_memory(read[i]);
    }
}

void h5_in_texts(struct h5_in *in, hid_t parent, const char *name, size_t count, const char **texts)
{
    hid_t type = text_type(), dataset = h5_in_dataset(in, parent, name);
    char **read = calloc(count == 0 ? 1 : count, sizeof *read);
    if (read == NULL) {
        h5_in_fault(in, name, "does not fit into memory");
    }
    if (!in->failed && !fits_type(dataset, type)) {
        h5_in_fault(in, name, "is not text");
    }
    hid_t space = in->failed ? H5I_INVALID_HID : H5Dget_space(dataset);
    if (!in->failed && H5Sget_simple_extent_npoints(space) != (hssize_t)count) {
        h5_in_fault(in, name, "has the wrong size");
    }
    if (!in->failed && H5Dread(dataset, type, H5S_ALL, H5S_ALL, in->transfer_list, read) < 0) {
        h5_in_fault(in, name, "cannot be read");
    }
    if (space >= 0) {
        H5Sclose(space);
    }
    h5_in_end(dataset);
    H5Tclose(type);
    if (read != NULL) {
        keep_texts(in, name, read, count, texts);
    }
    free(read);
}

void h5_in_part(struct h5_in *in, hid_t dataset, hid_t memory_type, const hsize_t *start, const hsize_t *count,
                void *values)
{
    if (in->failed) {
        return;
    }
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(H5Sget_simple_extent_ndims(space), count, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    if (H5Dread(dataset, memory_type, memory, space, in->transfer_list, values) < 0) {
        h5_in_fault(in, "a dataset", "cannot be read");
    }
    H5Sclose(memory);
    H5Sclose(space);
}
