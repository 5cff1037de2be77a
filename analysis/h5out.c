/* h5out.c: builds an HDF5 file in memory, in the shape of netCDF-4.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/h5out.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Larger datasets are cut into chunks and compressed: shuffle and the fastest gzip (docs/results.md). */
#define COMPRESS_FROM_BYTES ((hsize_t)1 << 20)
#define CHUNK_BYTES         ((hsize_t)1 << 18)
#define GZIP_LEVEL          1
#define CONVERSION_BYTES    ((size_t)1 << 14)

void h5_silence(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

hid_t h5_transfer_list(void)
{
    hid_t list = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_buffer(list, CONVERSION_BYTES, NULL, NULL);
    return list;
}

/* Notes a failed call; passes the identifier on. */
static hid_t note(struct h5_out *out, hid_t made)
{
    if (made < 0) {
        out->failed = true;
    }
    return made;
}

/* The memory of a file, of which HDF5 would give a copy alone: it is kept when the file is closed. */
struct h5_image {
    uint8_t *bytes;
};

static void *image_malloc(size_t size, H5FD_file_image_op_t operation, void *user)
{
    (void)operation;
    struct h5_image *image = user;
    return image->bytes = malloc(size);
}

static void *image_realloc(void *bytes, size_t size, H5FD_file_image_op_t operation, void *user)
{
    (void)operation;
    struct h5_image *image = user;
    void *made = realloc(bytes, size);
    if (made != NULL) {
        image->bytes = made;
    }
    return made;
}

static herr_t image_free(void *bytes, H5FD_file_image_op_t operation, void *user)
{
    (void)bytes;
    (void)operation;
    (void)user;
    return 0;
}

/* Property lists are copied; the image is one. */
static void *user_copy(void *user)
{
    return user;
}

static herr_t user_free(void *user)
{
    (void)user;
    return 0;
}

static hid_t open_core_file(struct h5_out *out, size_t memory_step)
{
    H5FD_file_image_callbacks_t callbacks = {image_malloc, NULL,      image_realloc, image_free,
                                             user_copy,    user_free, out->image};
    hid_t access = note(out, H5Pcreate(H5P_FILE_ACCESS));
    hid_t create = note(out, H5Pcreate(H5P_FILE_CREATE));
    note(out, H5Pset_fapl_core(access, memory_step, 0));
    note(out, H5Pset_file_image_callbacks(access, &callbacks));
    note(out, H5Pset_fclose_degree(access, H5F_CLOSE_STRONG));
    note(out, H5Pset_sieve_buf_size(access, 0)); /* datasets are written whole: no 64 kB buffer for each */
    note(out, H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18));
    note(out, H5Pset_link_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    note(out, H5Pset_attr_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    note(out, H5Pset_obj_track_times(create, false));
    hid_t file = note(out, H5Fcreate("konsento", H5F_ACC_TRUNC, create, access));
    H5Pclose(create);
    H5Pclose(access);
    return file;
}

void h5_out_open(struct h5_out *out, size_t memory_step, enum h5_packing packing)
{
    *out = (struct h5_out){.packing = packing};
    h5_silence();
    out->image = calloc(1, sizeof *out->image);
    out->failed = out->image == NULL;
    out->file = out->failed ? H5I_INVALID_HID : open_core_file(out, memory_step);
    out->text = note(out, H5Tcopy(H5T_C_S1));
    note(out, H5Tset_size(out->text, H5T_VARIABLE));
    note(out, H5Tset_cset(out->text, H5T_CSET_UTF8));
    out->group_list = note(out, H5Pcreate(H5P_GROUP_CREATE));
    note(out, H5Pset_link_creation_order(out->group_list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    note(out, H5Pset_attr_creation_order(out->group_list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    note(out, H5Pset_obj_track_times(out->group_list, false));
    out->data_list = note(out, H5Pcreate(H5P_DATASET_CREATE));
    note(out, H5Pset_attr_creation_order(out->data_list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    note(out, H5Pset_obj_track_times(out->data_list, false));
    out->transfer_list = note(out, h5_transfer_list());
    out->link_list = note(out, H5Pcreate(H5P_LINK_CREATE));
    note(out, H5Pset_char_encoding(out->link_list, H5T_CSET_UTF8));
}

hid_t h5_out_group(struct h5_out *out, hid_t parent, const char *name)
{
    return out->failed ? H5I_INVALID_HID
                       : note(out, H5Gcreate2(parent, name, out->link_list, out->group_list, H5P_DEFAULT));
}

void h5_out_end(hid_t object)
{
    if (object >= 0) {
        H5Oclose(object);
    }
}

/* One attribute; file_type is what is stored, memory_type what lies at value. */
struct attribute {
    const char *name;
    hid_t file_type, memory_type, space;
};

static void write_attribute(struct h5_out *out, hid_t object, const struct attribute *what, const void *value)
{
    if (out->failed) {
        return;
    }
    hid_t attribute = note(out, H5Acreate2(object, what->name, what->file_type, what->space, H5P_DEFAULT, H5P_DEFAULT));
    if (attribute >= 0) {
        note(out, H5Awrite(attribute, what->memory_type, value));
        H5Aclose(attribute);
    }
}

static void write_scalar_attribute(struct h5_out *out, hid_t object, const char *name, hid_t type, const void *value)
{
    hid_t space = note(out, H5Screate(H5S_SCALAR));
    write_attribute(out, object, &(struct attribute){name, type, type, space}, value);
    H5Sclose(space);
}

void h5_out_attribute_text(struct h5_out *out, hid_t object, const char *name, const char *text)
{
    if (text != NULL) {
        write_scalar_attribute(out, object, name, out->text, &text);
    }
}

void h5_out_attribute_u64(struct h5_out *out, hid_t object, const char *name, uint64_t value)
{
    write_scalar_attribute(out, object, name, H5T_NATIVE_UINT64, &value);
}

void h5_out_attribute_double(struct h5_out *out, hid_t object, const char *name, double value)
{
    write_scalar_attribute(out, object, name, H5T_NATIVE_DOUBLE, &value);
}

/* An attribute of fixed length, as the dimension scale specification wants it. */
static void write_fixed_text(struct h5_out *out, hid_t object, const char *name, const char *text)
{
    hid_t type = note(out, H5Tcopy(H5T_C_S1));
    note(out, H5Tset_size(type, strlen(text) + 1));
    write_scalar_attribute(out, object, name, type, text);
    H5Tclose(type);
}

/* Chunks for a large dataset: whole innermost axes as far as they fit, one index of the outer ones. */
static void set_chunks(struct h5_out *out, hid_t list, const struct h5_size *size, hsize_t element)
{
    hsize_t chunk[H5_RANK_MAX], bytes = element;
    for (int i = size->rank - 1; i >= 0; i--) {
        hsize_t fit = CHUNK_BYTES / bytes;
        chunk[i] = size->length[i] < fit ? size->length[i] : (fit > 0 ? fit : 1);
        bytes *= chunk[i];
    }
    note(out, H5Pset_chunk(list, size->rank, chunk));
    note(out, H5Pset_shuffle(list));
    note(out, H5Pset_deflate(list, GZIP_LEVEL));
}

static void set_fill(struct h5_out *out, hid_t list, hid_t type)
{
    if (H5Tget_class(type) == H5T_FLOAT) {
        double fill = NAN;
        note(out, H5Pset_fill_value(list, H5T_NATIVE_DOUBLE, &fill));
    }
}

hid_t h5_out_plain(struct h5_out *out, hid_t parent, const char *name, hid_t type, const struct h5_size *size,
                   const void *values)
{
    if (out->failed) {
        return H5I_INVALID_HID;
    }
    hsize_t count = 1, element = H5Tget_size(type);
    for (int i = 0; i < size->rank; i++) {
        count *= size->length[i];
    }
    bool compressed = out->packing == H5_DEFLATED && count * element >= COMPRESS_FROM_BYTES;
    hid_t list = out->data_list;
    if (compressed || values == NULL) {
        list = note(out, H5Pcopy(out->data_list));
    }
    if (compressed) {
        set_chunks(out, list, size, element);
    }
    if (values == NULL) {
        set_fill(out, list, type);
    }
    hid_t space = note(out, size->rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(size->rank, size->length, NULL));
    hid_t dataset = note(out, H5Dcreate2(parent, name, type, space, out->link_list, list, H5P_DEFAULT));
    if (dataset >= 0 && values != NULL && count > 0) {
        note(out, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, out->transfer_list, values));
    }
    H5Sclose(space);
    if (list != out->data_list) {
        H5Pclose(list);
    }
    return dataset;
}

size_t h5_out_scale(struct h5_out *out, const char *name, hid_t type, size_t length, const void *values)
{
    assert(out->scale_count < H5_SCALES_MAX);
    struct h5_scale *scale = &out->scales[out->scale_count];
    scale->length = length;
    scale->dataset = h5_out_plain(out, out->file, name, type, &(struct h5_size){1, {length}}, values);
    if (!out->failed) {
        note(out, H5Rcreate(&scale->reference, scale->dataset, ".", H5R_OBJECT, -1));
    }
    write_fixed_text(out, scale->dataset, "CLASS", "DIMENSION_SCALE");
    write_fixed_text(out, scale->dataset, "NAME", name);
    return out->scale_count++;
}

static void add_use(struct h5_out *out, struct h5_scale *scale, hobj_ref_t dataset, int32_t dimension)
{
    if (scale->use_count == scale->use_capacity) {
        size_t capacity = scale->use_capacity == 0 ? 64 : 2 * scale->use_capacity;
        struct h5_use *uses = reallocarray(scale->uses, capacity, sizeof *uses);
        if (uses == NULL) {
            out->failed = true;
            return;
        }
        scale->uses = uses;
        scale->use_capacity = capacity;
    }
    scale->uses[scale->use_count++] = (struct h5_use){dataset, dimension, 0};
}

/* DIMENSION_LIST: for each axis the list of its scales, here always one. */
static void write_dimension_list(struct h5_out *out, hid_t dataset, const struct h5_axes *axes)
{
    hvl_t lists[H5_RANK_MAX];
    hobj_ref_t self;
    note(out, H5Rcreate(&self, dataset, ".", H5R_OBJECT, -1));
    for (size_t i = 0; i < axes->rank && !out->failed; i++) {
        struct h5_scale *scale = &out->scales[axes->scale[i]];
        lists[i] = (hvl_t){1, &scale->reference};
        add_use(out, scale, self, (int32_t)i);
    }
    hsize_t rank = axes->rank;
    hid_t type = note(out, H5Tvlen_create(H5T_STD_REF_OBJ));
    hid_t space = note(out, H5Screate_simple(1, &rank, NULL));
    write_attribute(out, dataset, &(struct attribute){"DIMENSION_LIST", type, type, space}, lists);
    H5Sclose(space);
    H5Tclose(type);
}

hid_t h5_out_column(struct h5_out *out, hid_t parent, const char *name, hid_t type, const struct h5_axes *axes,
                    const void *values)
{
    assert(axes->rank >= 1 && axes->rank <= H5_RANK_MAX);
    struct h5_size size = {.rank = (int)axes->rank};
    for (size_t i = 0; i < axes->rank; i++) {
        size.length[i] = out->scales[axes->scale[i]].length;
    }
    hid_t dataset = h5_out_plain(out, parent, name, type, &size, values);
    if (!out->failed) {
        write_dimension_list(out, dataset, axes);
    }
    return dataset;
}

void h5_out_part(struct h5_out *out, hid_t dataset, hid_t type, const hsize_t *start, const hsize_t *count,
                 const void *values)
{
    if (out->failed) {
        return;
    }
    hid_t space = note(out, H5Dget_space(dataset));
    int rank = H5Sget_simple_extent_ndims(space);
    hid_t memory = note(out, H5Screate_simple(rank, count, NULL));
    note(out, H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL));
    note(out, H5Dwrite(dataset, type, memory, space, out->transfer_list, values));
    H5Sclose(memory);
    H5Sclose(space);
}

static void write_reference_list(struct h5_out *out, const struct h5_scale *scale, hid_t type)
{
    hsize_t count = scale->use_count;
    hid_t space = note(out, H5Screate_simple(1, &count, NULL));
    write_attribute(out, scale->dataset, &(struct attribute){"REFERENCE_LIST", type, type, space}, scale->uses);
    H5Sclose(space);
}

static void end_scales(struct h5_out *out)
{
    hid_t type = note(out, H5Tcreate(H5T_COMPOUND, sizeof(struct h5_use)));
    note(out, H5Tinsert(type, "dataset", HOFFSET(struct h5_use, dataset), H5T_STD_REF_OBJ));
    note(out, H5Tinsert(type, "dimension", HOFFSET(struct h5_use, dimension), H5T_NATIVE_INT32));
    for (size_t i = 0; i < out->scale_count; i++) {
        if (out->scales[i].use_count > 0) {
            write_reference_list(out, &out->scales[i], type);
        }
        h5_out_end(out->scales[i].dataset);
        free(out->scales[i].uses);
    }
    H5Tclose(type);
}

/* Writes out what HDF5 holds back. Returns the size of the file, 0 if anything has failed. */
static size_t end_file(struct h5_out *out)
{
    bool good = !out->failed && H5Fflush(out->file, H5F_SCOPE_GLOBAL) >= 0;
    ssize_t size = good ? H5Fget_file_image(out->file, NULL, 0) : 0;
    if (out->file >= 0 && H5Fclose(out->file) < 0) {
        return 0;
    }
    return size < 0 ? 0 : (size_t)size;
}

uint8_t *h5_out_finish(struct h5_out *out, size_t *length)
{
    end_scales(out);
    H5Pclose(out->transfer_list);
    H5Pclose(out->link_list);
    H5Pclose(out->data_list);
    H5Pclose(out->group_list);
    H5Tclose(out->text);
    *length = end_file(out);
    uint8_t *image = out->image == NULL ? NULL : out->image->bytes;
    free(out->image);
    if (*length == 0) {
        free(image);
        image = NULL;
    }
    return image;
}
