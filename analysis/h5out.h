/* h5out.h: builds an HDF5 file in memory, in the shape of netCDF-4.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A dimension scale is a 1-D dataset that names an axis; a column is a dataset whose axes are scales. Both carry the
 * attributes of the HDF5 dimension scale specification (CLASS, NAME, REFERENCE_LIST; DIMENSION_LIST), written here in
 * one go instead of attached one by one. Objects keep their order of creation and no time stamps, so equal content
 * gives equal bytes. The first failure sticks (it can only be memory: nothing here touches a disk): every later call
 * does nothing, and h5_out_finish says so.
 */
#ifndef KONSENTO_ANALYSIS_H5OUT_H
#define KONSENTO_ANALYSIS_H5OUT_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define H5_SCALES_MAX     8
#define H5_RANK_MAX       3
#define H5_LINK_BYTES_MAX 200

/* Where a scale is used: one element of its REFERENCE_LIST. */
struct h5_use {
    hobj_ref_t dataset;
    int32_t dimension;
    int32_t padding; /* zero: the bytes of a file depend on its content alone */
};

struct h5_scale {
    hid_t dataset;
    hobj_ref_t reference;
    hsize_t length;
    struct h5_use *uses;
    size_t use_count, use_capacity;
};

/* Are large datasets cut into chunks and deflated? That takes six times as long as writing them does. */
enum h5_packing { H5_DEFLATED, H5_PLAIN };

struct h5_out {
    hid_t file, text, group_list, data_list, link_list, transfer_list;
    struct h5_scale scales[H5_SCALES_MAX];
    size_t scale_count;
    enum h5_packing packing;
    struct h5_image *image; /* the file's memory */
    bool failed;
};

/* The axes of a column: indices of scales. */
struct h5_axes {
    size_t rank, scale[H5_RANK_MAX];
};

/* The size of a dataset without scales. */
struct h5_size {
    int rank;
    hsize_t length[H5_RANK_MAX];
};

/* memory_step: bytes by which the image grows. Always to be ended by h5_out_finish. */
void h5_out_open(struct h5_out *out, size_t memory_step, enum h5_packing packing);
/* The whole file, and everything closed. Returns malloc'ed bytes, NULL when memory was out at any moment. */
uint8_t *h5_out_finish(struct h5_out *out, size_t *length);

/* Objects are ended by h5_out_end. */
hid_t h5_out_group(struct h5_out *out, hid_t parent, const char *name);
void h5_out_end(hid_t object);
/* An attribute, unless the text is NULL. */
void h5_out_attribute_text(struct h5_out *out, hid_t object, const char *name, const char *text);
void h5_out_attribute_u64(struct h5_out *out, hid_t object, const char *name, uint64_t value);
void h5_out_attribute_double(struct h5_out *out, hid_t object, const char *name, double value);

/* A new axis in the root group; the dataset stays open until the end: give it attributes through scales[].dataset. */
size_t h5_out_scale(struct h5_out *out, const char *name, hid_t type, size_t length, const void *values);
/* A dataset over scales, values of `type` as it lies in memory; for out->text an array of char pointers.
 * values NULL: filled with `fill` (float or double by type), to be written in parts. */
hid_t h5_out_column(struct h5_out *out, hid_t parent, const char *name, hid_t type, const struct h5_axes *axes,
                    const void *values);
/* The same without scales. */
hid_t h5_out_plain(struct h5_out *out, hid_t parent, const char *name, hid_t type, const struct h5_size *size,
                   const void *values);
/* Writes a box of a dataset: start and count have its rank; the values lie in one piece. */
void h5_out_part(struct h5_out *out, hid_t dataset, hid_t type, const hsize_t *start, const hsize_t *count,
                 const void *values);

/* No HDF5 call of this thread prints from here on. */
void h5_silence(void);
/* How values go in and out: with a small buffer for conversions. HDF5 clears its default one, a megabyte, for each
 * dataset of texts. Ended by H5Pclose. */
hid_t h5_transfer_list(void);

#endif
