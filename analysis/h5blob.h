/* h5blob.h: blobs as chunked datasets of bytes: their chunks go in and out as they are.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_H5BLOB_H
#define KONSENTO_ANALYSIS_H5BLOB_H

#include "analysis/blob.h"
#include "analysis/h5in.h"
#include "analysis/h5out.h"

/* A 1-D dataset of unsigned bytes with deflate; any HDF5 library reads the bytes before compression. Ended by
 * h5_out_end. */
hid_t h5_out_blob(struct h5_out *out, hid_t parent, const char *name, const struct blob *blob);
/* Reads such a dataset; anything else is a fault. Owns: blob_free; empty on a fault. */
void h5_in_blob(struct blob *blob, struct h5_in *in, hid_t parent, const char *name);

#endif
