/* source.c: the texts that a scenario is made of: read once, kept for the provenance and for workers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads at most SOURCE_BYTES_MAX + 1 bytes into memory of the caller. Returns their number, -1: errno says why. */
static ssize_t read_all(char *text, int file)
{
    size_t size = 0;
    while (size <= SOURCE_BYTES_MAX) {
        ssize_t n = read(file, text + size, SOURCE_BYTES_MAX + 1 - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        size += (size_t)n;
    }
    return (ssize_t)size;
}

/* Opens a regular file; a device or a pipe could block for ever. Returns -1 with the reason. */
static int open_regular(char *why, size_t why_size, const char *path)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        snprintf(why, why_size, "cannot be read: %s", strerror(errno));
        return -1;
    }
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode))
        return file;
    snprintf(why, why_size, "%s", S_ISDIR(status.st_mode) ? "is a folder, not a scenario file" : "is not a file");
    close(file);
    return -1;
}

/* Out: *text in fresh memory (free), *size. */
static bool read_file(char *why, size_t why_size, char **text, size_t *size, const char *path)
{
    int file = open_regular(why, why_size, path);
    if (file < 0)
        return false;
    *text = malloc(SOURCE_BYTES_MAX + 1);
    ssize_t n = *text != NULL ? read_all(*text, file) : -1;
    int error = errno;
    close(file);
    if (n >= 0) {
        *size = (size_t)n;
        return true;
    }
    snprintf(why, why_size, "cannot be read: %s", *text != NULL ? strerror(error) : "memory is out");
    free(*text);
    return false;
}

static bool check_text(char *why, size_t why_size, const char *text, size_t size)
{
    size_t blank = strspn(text, " \t\r\n");
    if (size > SOURCE_BYTES_MAX)
        snprintf(why, why_size, "is larger than 1 MiB: too large for a scenario");
    else if (memchr(text, '\0', size) != NULL || (size > 0 && text[0] == '\x1b'))
        snprintf(why, why_size, "is binary, not text (Lua bytecode is not accepted)");
    else if (blank == size)
        snprintf(why, why_size, "is empty");
    else
        return true;
    return false;
}

/* A name that Lua shows whole and that no other source has. */
static const char *chunk_name(struct source_set *set, const char *name)
{
    char number[32];
    bool plain = strlen(name) <= SOURCE_NAME_MAX && strpbrk(name, ":\n\r") == NULL && name[0] != '\0';
    if (!plain || source_by_name(set, name) != NULL) {
        snprintf(number, sizeof number, "source %zu", set->count + 1);
        name = number;
    }
    return keep_text(set->keep, name, strlen(name));
}

struct added {
    const char *path, *name, *text;
    size_t size;
};

static struct source *add(char *why, size_t why_size, struct source_set *set, const struct added *added)
{
    if (set->count == SOURCES_MAX) {
        snprintf(why, why_size, "is one include too many: no more than %d files", SOURCES_MAX);
        return NULL;
    }
    struct source *source = &set->items[set->count];
    source->name = chunk_name(set, added->name);
    source->path = keep_text(set->keep, added->path, strlen(added->path));
    source->text = keep_text(set->keep, added->text, added->size);
    source->size = added->size;
    if (source->name == NULL || source->path == NULL || source->text == NULL) {
        snprintf(why, why_size, "cannot be kept: memory is out");
        return NULL;
    }
    if (!check_text(why, why_size, source->text, source->size))
        return NULL;
    set->count++;
    return source;
}

struct source *source_from_text(char *why, size_t why_size, struct source_set *set, const char *path, const char *text,
                                size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash != NULL ? path : ".";
    size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    set->folder = keep_text(set->keep, folder, length);
    if (set->folder == NULL) {
        snprintf(why, why_size, "cannot be kept: memory is out");
        return NULL;
    }
    struct added added = {path, slash != NULL ? slash + 1 : path, text, size};
    return add(why, why_size, set, &added);
}

struct source *source_open(char *why, size_t why_size, struct source_set *set, const char *path)
{
    char *text;
    size_t size;
    if (!read_file(why, why_size, &text, &size, path))
        return NULL;
    struct source *source = source_from_text(why, why_size, set, path, text, size);
    free(text);
    return source;
}

/* No way up, no absolute path, nothing hidden in the name. */
static bool is_below(const char *name)
{
    if (name[0] == '/' || name[0] == '\0' || strlen(name) > 200)
        return false;
    for (const char *part = name; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (*part == '.' || *part == '/' || *part == '\0')
            return false;
    }
    return strpbrk(name, "\\:\n\r") == NULL;
}

/* A symbolic link must not lead out of the scenario's folder either. */
static bool stays_below(const char *folder, const char *path)
{
    char *real_folder = realpath(folder, NULL), *real_path = realpath(path, NULL);
    bool inside = false;
    if (real_folder != NULL && real_path != NULL) {
        size_t length = strlen(real_folder);
        inside =
            strcmp(real_folder, "/") == 0 || (strncmp(real_folder, real_path, length) == 0 && real_path[length] == '/');
    }
    bool absent = real_path == NULL;
    free(real_folder);
    free(real_path);
    return inside || absent;
}

static struct source *source_by_path(struct source_set *set, const char *path)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i].path, path) == 0)
            return &set->items[i];
    return NULL;
}

struct source *source_include(char *why, size_t why_size, struct source_set *set, const char *name)
{
    char path[PATH_MAX], *text;
    size_t size;
    if (!is_below(name)) {
        snprintf(why, why_size, "is not a file below the scenario's folder");
        return NULL;
    }
    const char *glue = strcmp(set->folder, "/") == 0 ? "" : "/";
    if (strcmp(set->folder, ".") == 0 && strchr(set->items[0].path, '/') == NULL)
        snprintf(path, sizeof path, "%s", name);
    else
        snprintf(path, sizeof path, "%s%s%s", set->folder, glue, name);
    struct source *known = source_by_path(set, path);
    if (known != NULL)
        return known;
    if (!stays_below(set->folder, path)) {
        snprintf(why, why_size, "leads out of the scenario's folder");
        return NULL;
    }
    if (!read_file(why, why_size, &text, &size, path))
        return NULL;
    struct added added = {path, name, text, size};
    struct source *source = add(why, why_size, set, &added);
    free(text);
    return source;
}

struct source *source_by_name(struct source_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i].name, name) == 0)
            return &set->items[i];
    return NULL;
}

uint64_t source_hash(const struct source *source)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < source->size; i++)
        hash = (hash ^ (unsigned char)source->text[i]) * UINT64_C(1099511628211);
    return hash;
}
