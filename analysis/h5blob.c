/* h5blob.c: blobs as chunked datasets of bytes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/h5blob.h"

#include <stdlib.h>

#define GZIP_LEVEL     6 /* told to readers that write; the chunks are compressed already */
#define NOT_COMPRESSED 1 /* mask of left out filters: the first and only one */

static void write_chunks(struct h5_out *out, hid_t dataset, const struct blob *blob)
{
    size_t length = blob_chunk_length(blob->length), at = 0;
    for (size_t i = 0; i < blob->chunk_count && !out->failed; i++) {
        hsize_t offset = (hsize_t)i * length;
        uint32_t mask = blob->chunk_sizes[i] == length ? NOT_COMPRESSED : 0;
        if (H5Dwrite_chunk(dataset, out->transfer_list, mask, &offset, blob->chunk_sizes[i], blob->bytes + at) < 0) {
            out->failed = true;
        }
        at += blob->chunk_sizes[i];
    }
}

hid_t h5_out_blob(struct h5_out *out, hid_t parent, const char *name, const struct blob *blob)
{
    if (out->failed) {
        return H5I_INVALID_HID;
    }
    hsize_t length = blob->length, chunk = blob_chunk_length(blob->length);
    hid_t list = H5Pcopy(out->data_list), space = H5Screate_simple(1, &length, NULL);
    bool good = list >= 0 && space >= 0 && H5Pset_chunk(list, 1, &chunk) >= 0 && H5Pset_deflate(list, GZIP_LEVEL) >= 0;
    hid_t dataset =
        good ? H5Dcreate2(parent, name, H5T_STD_U8LE, space, out->link_list, list, H5P_DEFAULT) : H5I_INVALID_HID;
    if (space >= 0) {
        H5Sclose(space);
    }
    if (list >= 0) {
        H5Pclose(list);
    }
    out->failed = dataset < 0;
    write_chunks(out, dataset, blob);
    return dataset;
}

/* Are the chunks those of a blob of this length: one filter, deflate, and their size? */
static bool has_our_chunks(hid_t dataset, uint64_t length)
{
    hid_t list = H5Dget_create_plist(dataset);
    hsize_t chunk = 0;
    unsigned flags, config;
    size_t values = 0;
    bool ours = list >= 0 && H5Pget_layout(list) == H5D_CHUNKED && H5Pget_chunk(list, 1, &chunk) == 1 &&
                chunk == blob_chunk_length(length) && H5Pget_nfilters(list) == 1 &&
                H5Pget_filter2(list, 0, &flags, &values, NULL, 0, NULL, &config) == H5Z_FILTER_DEFLATE;
    if (list >= 0) {
        H5Pclose(list);
    }
    return ours;
}

/* Sizes of all chunks. Returns their sum, 0 if one is not there or too large. */
static size_t read_sizes(hid_t dataset, uint32_t *sizes, uint64_t length)
{
    size_t chunk = blob_chunk_length(length), count = blob_chunk_count(length), sum = 0;
    for (size_t i = 0; i < count; i++) {
        hsize_t offset = (hsize_t)i * chunk, size = 0;
        if (H5Dget_chunk_storage_size(dataset, &offset, &size) < 0 || size == 0 || size > chunk) {
            return 0;
        }
        sizes[i] = (uint32_t)size;
        sum += size;
    }
    return sum;
}

static bool read_chunks(struct h5_in *in, hid_t dataset, uint8_t *bytes, const uint32_t *sizes, uint64_t length)
{
    size_t chunk = blob_chunk_length(length), at = 0;
    for (size_t i = 0; i < blob_chunk_count(length); i++) {
        hsize_t offset = (hsize_t)i * chunk;
        uint32_t mask = 0;
        if (H5Dread_chunk(dataset, in->transfer_list, &offset, &mask, bytes + at) < 0 ||
            mask != (sizes[i] == chunk ? NOT_COMPRESSED : 0)) {
            return false;
        }
        at += sizes[i];
    }
    return true;
}

static void read_blob(struct blob *blob, struct h5_in *in, hid_t dataset, const char *name)
{
    hsize_t length = h5_in_length(in, dataset, name);
    if (in->failed) {
        return;
    }
    if (length == 0 || length > BLOB_LENGTH_MAX || !has_our_chunks(dataset, length)) {
        h5_in_fault(in, name, "is stored in another way");
        return;
    }
    uint32_t *sizes = calloc(blob_chunk_count(length), sizeof *sizes);
    size_t sum = sizes == NULL ? 0 : read_sizes(dataset, sizes, length);
    uint8_t *bytes = sum == 0 ? NULL : malloc(sum);
    if (bytes != NULL && read_chunks(in, dataset, bytes, sizes, length)) {
        *blob = (struct blob){length, blob_chunk_count(length), sum, sizes, bytes};
        return;
    }
    h5_in_fault(in, name,
                sizes != NULL && (sum == 0 || bytes != NULL) ? "has chunks that cannot be read"
                                                             : "does not fit into memory");
    free(sizes);
    free(bytes);
}

void h5_in_blob(struct blob *blob, struct h5_in *in, hid_t parent, const char *name)
{
    *blob = (struct blob){.length = 0};
    hid_t dataset = h5_in_dataset(in, parent, name);
    h5_in_expect(in, dataset, name, H5T_NATIVE_UINT8, 1, (hsize_t[]){h5_in_length(in, dataset, name)});
    if (!in->failed) {
        read_blob(blob, in, dataset, name);
    }
    h5_in_end(dataset);
}
