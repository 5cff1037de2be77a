/* sealed.c: opens an HDF5 file whose seal is right.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/sealed.h"

#include "analysis/fault.h"
#include "analysis/store.h"

#include <fcntl.h>
#include <unistd.h>

enum results_result sealed_open(struct h5_in *in, struct results_error *error, const char *path, struct pool *pool)
{
    in->file = H5I_INVALID_HID;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO in the place of a file must not block */
    if (file < 0) {
        return fault(error, RESULTS_IO, "%s: cannot open: %m", path);
    }
    enum results_result result = store_check_seal(error, file, path);
    close(file);
    if (result == RESULTS_OK && !h5_in_open(in, path, pool)) {
        result = fault(error, RESULTS_FORMAT, "%s: is no HDF5 file, though its seal is right", path);
    }
    return result;
}
