/* journal.c: writing and reading the journal's file.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/journal.h"

#include "hwbridge/disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIRST_LINE "konsento-journal 1"

/* ---- seals ------------------------------------------------------------------------------------------------------ */

void journal_seal(uint8_t seal[JOURNAL_SEAL_SIZE], const char *line, size_t length)
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, JOURNAL_SEAL_SIZE, seal);
    sha256_update(&sha, length, (const uint8_t *)line);
    sha256_digest(&sha, JOURNAL_SEAL_SIZE, seal);
}

void journal_seal_text(char text[JOURNAL_SEAL_TEXT], const uint8_t seal[JOURNAL_SEAL_SIZE])
{
    for (size_t i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02x", seal[i]);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static bool write_all(struct journal *journal, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(journal->fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            journal->error = written == 0 ? EIO : errno;
            return false;
        }
        bytes += written;
        length -= (size_t)written;
        journal->bytes += (uint64_t)written;
    }
    journal->is_dirty = true;
    return true;
}

static bool write_line(struct journal *journal, char *line, size_t length)
{
    if (journal->error != 0)
        return false;
    journal_seal(journal->seal, line, length);
    char seal[JOURNAL_SEAL_TEXT];
    journal_seal_text(seal, journal->seal);
    int more = snprintf(line + length, JOURNAL_LINE_MAX - length, " %s\n", seal);
    assert(more > 0 && (size_t)more < JOURNAL_LINE_MAX - length);
    journal->lines++;
    return write_all(journal, line, length + (size_t)more);
}

int journal_open(struct journal *journal, const char *path)
{
    *journal = (struct journal){.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (journal->fd < 0)
        return errno;
    journal->disk = disk_open(journal->fd);
    char line[JOURNAL_LINE_MAX] = FIRST_LINE;
    return write_line(journal, line, strlen(line)) ? 0 : journal_close(journal);
}

int journal_continue(struct journal *journal, const char *path, const struct journal_reader *reader)
{
    *journal = (struct journal){
        .fd = open(path, O_WRONLY | O_CLOEXEC), .lines = reader->line, .bytes = reader->bytes, .is_dirty = true};
    if (journal->fd < 0)
        return errno;
    journal->disk = disk_open(journal->fd);
    memcpy(journal->seal, reader->seal, sizeof journal->seal);
    off_t end = (off_t)reader->bytes;
    if (ftruncate(journal->fd, end) == 0 && lseek(journal->fd, end, SEEK_SET) == end)
        return 0;
    journal->error = errno;
    return journal_close(journal);
}

int journal_idle_us(const char *path, int64_t *idle_us)
{
    struct stat file;
    struct timespec now;
    if (stat(path, &file) != 0 || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return errno;
    int64_t since_us = (now.tv_sec - file.st_mtim.tv_sec) * 1000000 + (now.tv_nsec - file.st_mtim.tv_nsec) / 1000;
    *idle_us = since_us > 0 ? since_us : 0;
    return 0;
}

bool journal_write(struct journal *journal, const struct journal_record *record)
{
    char line[JOURNAL_LINE_MAX];
    size_t length = journal_format(line, record);
    return write_line(journal, line, length);
}

static bool make_safe(struct journal *journal)
{
    if (journal->error == 0 && journal->is_dirty && fdatasync(journal->fd) != 0 && errno != EINVAL)
        journal->error = errno; /* EINVAL: a pipe keeps nothing */
    journal->is_dirty = false;
    return journal->error == 0;
}

static bool have_made_safe(struct journal *journal)
{
    int error = disk_error(journal->disk);
    if (journal->error == 0)
        journal->error = error;
    if (journal->error == 0 && journal->is_dirty)
        disk_ask(journal->disk);
    journal->is_dirty = false;
    return journal->error == 0;
}

bool journal_sync(struct journal *journal, int64_t now_ns)
{
    if (now_ns - journal->synced_ns < JOURNAL_SYNC_NS)
        return journal->error == 0;
    journal->synced_ns = now_ns;
    return journal->disk != NULL ? have_made_safe(journal) : make_safe(journal);
}

bool journal_keep(struct journal *journal)
{
    return make_safe(journal);
}

int journal_close(struct journal *journal)
{
    if (journal->fd < 0)
        return journal->error;
    int error = disk_close(journal->disk);
    journal->disk = NULL;
    if (journal->error == 0)
        journal->error = error;
    journal->is_dirty = true; /* as far as is known */
    (void)make_safe(journal);
    if (close(journal->fd) != 0 && journal->error == 0)
        journal->error = errno;
    journal->fd = -1;
    return journal->error;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* One line without its end. */
static enum journal_result next_line(struct journal_reader *reader, char line[JOURNAL_LINE_MAX], size_t *length)
{
    FILE *file = reader->file;
    errno = 0;
    if (fgets(line, JOURNAL_LINE_MAX, file) == NULL) {
        reader->error = ferror(file) ? errno : 0;
        return ferror(file) ? JOURNAL_UNREADABLE : JOURNAL_NO_MORE;
    }
    reader->line++;
    *length = strlen(line); /* a zero in the middle cuts the line, and then the seal does not fit */
    if (*length == 0 || line[*length - 1] != '\n')
        return feof(file) ? JOURNAL_TORN : JOURNAL_BROKEN;
    line[--*length] = 0;
    return JOURNAL_OK;
}

/* Takes the seal off the line. */
static enum journal_result open_seal(struct journal_reader *reader, char *line, size_t length)
{
    if (length < JOURNAL_SEAL_TEXT || line[length - JOURNAL_SEAL_TEXT] != ' ')
        return JOURNAL_BROKEN;
    size_t body = length - JOURNAL_SEAL_TEXT;
    char seal[JOURNAL_SEAL_TEXT];
    journal_seal(reader->seal, line, body);
    journal_seal_text(seal, reader->seal);
    if (strcmp(seal, line + body + 1) != 0)
        return JOURNAL_BROKEN;
    line[body] = 0;
    reader->bytes += length + 1;
    return JOURNAL_OK;
}

static enum journal_result read_line(struct journal_reader *reader, char line[JOURNAL_LINE_MAX])
{
    size_t length = 0;
    enum journal_result result = next_line(reader, line, &length);
    return result == JOURNAL_OK ? open_seal(reader, line, length) : result;
}

int journal_reader_open(struct journal_reader *reader, const char *path)
{
    *reader = (struct journal_reader){.file = fopen(path, "re")};
    if (reader->file == NULL)
        return errno;
    char line[JOURNAL_LINE_MAX];
    if (read_line(reader, line) == JOURNAL_OK && strcmp(line, FIRST_LINE) == 0)
        return 0;
    int error = reader->error != 0 ? reader->error : EINVAL;
    journal_reader_close(reader);
    return error;
}

enum journal_result journal_read(struct journal_reader *reader, struct journal_record *record)
{
    char line[JOURNAL_LINE_MAX];
    enum journal_result result = read_line(reader, line);
    if (result != JOURNAL_OK)
        return result;
    return journal_parse(record, line) ? JOURNAL_OK : JOURNAL_NO_RECORD;
}

void journal_reader_close(struct journal_reader *reader)
{
    if (reader->file != NULL)
        fclose(reader->file);
    reader->file = NULL;
}
