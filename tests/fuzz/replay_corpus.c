/* replay_corpus.c: feeds every file of a folder to a fuzz target, so that old findings stay found.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Usage: TARGET FOLDER. Each file is fed whole, and then cut short at sixteen places.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Reads a file whole. Returns malloc'ed bytes, NULL if it cannot be read. */
static uint8_t *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    size_t capacity = 1 << 22;
    uint8_t *bytes = malloc(capacity);
    *length = bytes == NULL ? 0 : fread(bytes, 1, capacity, file);
    fclose(file);
    return bytes;
}

/* A copy of exactly length bytes, so that a sanitizer sees a read past its end. */
static void feed(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length == 0 ? 1 : length);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, bytes, length);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

static void feed_file(const char *path)
{
    size_t length;
    uint8_t *bytes = read_file(path, &length);
    if (bytes == NULL) {
        return;
    }
    feed(bytes, length);
    for (size_t part = 0; part < 16; part++) {
        feed(bytes, length * part / 16);
    }
    free(bytes);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) {
        fprintf(stderr, "%s: cannot open the corpus\n", argv[1]);
        return 1;
    }
    unsigned count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] != '.' && snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name) < 4096) {
            feed_file(path);
            count++;
        }
    }
    closedir(folder);
    printf("%u files replayed\n", count);
    return count == 0;
}
