/* h5in.h: reads an HDF5 file that may not be what it says: every shape is compared before a byte is read.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first fault sticks, with a text that names the object; every later call does nothing. Texts go into the pool.
 */
#ifndef KONSENTO_ANALYSIS_H5IN_H
#define KONSENTO_ANALYSIS_H5IN_H

#include "analysis/pool.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define H5_NAME_BYTES 256

struct h5_in {
    hid_t file, transfer_list;
    struct pool *pool;
    bool failed;
    char fault[H5_NAME_BYTES]; /* which object, and what is wrong with it */
};

/* Opens for reading without a lock. Returns false if HDF5 does not know the file. h5_in_close in either case. */
bool h5_in_open(struct h5_in *in, const char *path, struct pool *pool);
void h5_in_close(struct h5_in *in);
/* Notes a fault; the first one stays. */
void h5_in_fault(struct h5_in *in, const char *object, const char *what);

/* Attributes of an object; the text is NULL and the number is 0 on a fault. */
const char *h5_in_attribute_text(struct h5_in *in, hid_t object, const char *name);
uint64_t h5_in_attribute_u64(struct h5_in *in, hid_t object, const char *name);
double h5_in_attribute_double(struct h5_in *in, hid_t object, const char *name);
bool h5_in_has_attribute(struct h5_in *in, hid_t object, const char *name);
/* Names of all text attributes of an object, in order of creation. */
const char *const *h5_in_attribute_names(struct h5_in *in, hid_t object, size_t *count);

bool h5_in_has(struct h5_in *in, hid_t parent, const char *name);
/* Names of all links of a group, in order of creation. */
const char *const *h5_in_names(struct h5_in *in, hid_t group, size_t *count);
/* Ended by h5_in_end. */
hid_t h5_in_group(struct h5_in *in, hid_t parent, const char *name);
hid_t h5_in_dataset(struct h5_in *in, hid_t parent, const char *name);
void h5_in_end(hid_t object);

/* The length of a 1-D dataset; 0 on a fault. */
hsize_t h5_in_length(struct h5_in *in, hid_t dataset, const char *name);
/* Reads a whole dataset, which must have exactly this rank, these lengths and this class of type. */
void h5_in_values(struct h5_in *in, hid_t parent, const char *name, hid_t memory_type, int rank, const hsize_t *lengths,
                  void *values);
/* Texts of a dataset with `count` elements in all. */
void h5_in_texts(struct h5_in *in, hid_t parent, const char *name, size_t count, const char **texts);
/* Reads a box of an open dataset whose shape the caller has compared. */
void h5_in_part(struct h5_in *in, hid_t dataset, hid_t memory_type, const hsize_t *start, const hsize_t *count,
                void *values);
/* Notes a fault unless the dataset has exactly this rank, these lengths and the class of this type. */
void h5_in_expect(struct h5_in *in, hid_t dataset, const char *name, hid_t memory_type, int rank,
                  const hsize_t *lengths);

#endif
