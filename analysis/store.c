/* store.c: files that are written whole or not at all, and carry a seal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/store.h"

#include "analysis/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEAL_MAGIC  "konsento seal 1\n"
#define MAGIC_BYTES 16
#define NAME_BYTES  256
#define READ_BYTES  ((size_t)1 << 18)

_Static_assert(sizeof SEAL_MAGIC - 1 == MAGIC_BYTES, "the seal's magic");
_Static_assert(MAGIC_BYTES + SHA256_DIGEST_SIZE == STORE_SEAL_BYTES, "the seal's size");

static void seal_compute(uint8_t seal[STORE_SEAL_BYTES], struct sha256_ctx *hash)
{
    memcpy(seal, SEAL_MAGIC, MAGIC_BYTES);
    sha256_digest(hash, SHA256_DIGEST_SIZE, seal + MAGIC_BYTES);
}

static bool write_all(int file, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = write(file, bytes, length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count == 0) {
            errno = ENOSPC;
        }
        if (count <= 0) {
            return false;
        }
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

/* Everything up to the rename; errno says why not. */
static bool write_content(int file, const uint8_t *bytes, size_t length, enum store_form form, enum store_safety safety)
{
    if (!write_all(file, bytes, length)) {
        return false;
    }
    if (form == STORE_SEALED) {
        uint8_t seal[STORE_SEAL_BYTES];
        struct sha256_ctx hash;
        sha256_init(&hash);
        sha256_update(&hash, length, bytes);
        seal_compute(seal, &hash);
        if (!write_all(file, seal, sizeof seal)) {
            return false;
        }
    }
    return safety == STORE_AGAINST_KILL || fsync(file) == 0;
}

/* A write beyond the process's limit of file size (ulimit -f) is an error like any other, not the end of the process:
 * the signal that comes with it is held back and dropped. */
static bool fill(int file, const uint8_t *bytes, size_t length, enum store_form form, enum store_safety safety)
{
    sigset_t beyond_limit, before;
    sigemptyset(&beyond_limit);
    sigaddset(&beyond_limit, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &beyond_limit, &before);
    bool good = write_content(file, bytes, length, form, safety);
    int reason = errno;
    if (!good && reason == EFBIG && !sigismember(&before, SIGXFSZ)) {
        sigtimedwait(&beyond_limit, NULL, &(struct timespec){0, 0});
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return good;
}

enum results_result store_write(struct results_error *error, const struct store_place *place, const uint8_t *bytes,
                                size_t length, enum store_form form, enum store_safety safety)
{
    char tmp[NAME_BYTES];
    if (snprintf(tmp, sizeof tmp, "%s.tmp", place->name) >= (int)sizeof tmp) {
        return fault(error, RESULTS_IO, "%s/%s: the name is too long", place->folder_path, place->name);
    }
    int file = openat(place->folder, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) {
        return fault(error, RESULTS_IO, "%s/%s: cannot create the file: %m", place->folder_path, tmp);
    }
    bool good = fill(file, bytes, length, form, safety);
    int reason = errno;
    if (close(file) != 0 && good) {
        good = false;
        reason = errno;
    }
    if (good && renameat(place->folder, tmp, place->folder, place->name) != 0) {
        good = false;
        reason = errno;
    }
    if (!good) {
        unlinkat(place->folder, tmp, 0);
        errno = reason;
        return fault(error, RESULTS_IO, "%s/%s: cannot write the file: %m", place->folder_path, place->name);
    }
    if (safety == STORE_AGAINST_POWER_LOSS) {
        fsync(place->folder); /* some file systems cannot: the file itself is safe then all the same */
    }
    return RESULTS_OK;
}

enum results_result store_write_path(struct results_error *error, const char *path, const uint8_t *bytes, size_t length)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    if (name[0] == '\0') {
        return fault(error, RESULTS_IO, "\"%s\": is no file name", path);
    }
    char *folder_path = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + (slash == path));
    if (folder_path == NULL) {
        return fault_memory(error, path);
    }
    int folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum results_result result;
    if (folder < 0) {
        result = fault(error, RESULTS_IO, "%s: cannot open the folder: %m", folder_path);
    } else {
        struct store_place place = {folder, folder_path, name};
        result = store_write(error, &place, bytes, length, STORE_PLAIN, STORE_AGAINST_KILL);
        close(folder);
    }
    free(folder_path);
    return result;
}

static bool read_exactly(int file, uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = read(file, bytes, length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            if (count == 0) {
                errno = EIO; /* shorter than fstat said */
            }
            return false;
        }
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

/* Hashes length bytes of the file and reads the seal behind them; false: errno says why. */
static bool hash_body(struct sha256_ctx *hash, uint8_t seal[STORE_SEAL_BYTES], int file, size_t length)
{
    uint8_t *block = malloc(READ_BYTES);
    bool good = block != NULL && lseek(file, 0, SEEK_SET) == 0;
    sha256_init(hash);
    while (good && length > 0) {
        size_t part = length < READ_BYTES ? length : READ_BYTES;
        good = read_exactly(file, block, part);
        sha256_update(hash, good ? part : 0, block);
        length -= part;
    }
    free(block);
    return good && read_exactly(file, seal, STORE_SEAL_BYTES);
}

enum results_result store_check_seal(struct results_error *error, int file, const char *path)
{
    struct stat status;
    if (fstat(file, &status) != 0) {
        return fault(error, RESULTS_IO, "%s: cannot read: %m", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return fault(error, RESULTS_IO, "%s: is not a file", path);
    }
    if (status.st_size < STORE_SEAL_BYTES) {
        return fault(error, RESULTS_FORMAT, "%s: is no results file: only %lld bytes", path, (long long)status.st_size);
    }
    uint8_t seal[STORE_SEAL_BYTES], computed[STORE_SEAL_BYTES];
    struct sha256_ctx hash;
    if (!hash_body(&hash, seal, file, (size_t)status.st_size - STORE_SEAL_BYTES)) {
        return errno == ENOMEM ? fault_memory(error, path) : fault(error, RESULTS_IO, "%s: cannot read: %m", path);
    }
    if (memcmp(seal, SEAL_MAGIC, MAGIC_BYTES) != 0) {
        return fault(error, RESULTS_FORMAT,
                     "%s: carries no konsento seal: another kind of file, cut off, or changed since it was written",
                     path);
    }
    seal_compute(computed, &hash);
    if (memcmp(seal, computed, sizeof seal) != 0) {
        return fault(error, RESULTS_FORMAT, "%s: is damaged: its content does not fit its seal", path);
    }
    return RESULTS_OK;
}
