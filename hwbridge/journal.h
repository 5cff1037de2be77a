/* journal.h: all that came in from outside during a run, and all that left: enough to run it again.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   konsento-journal 1 <seal>
 *   H <key> <value> <seal>                                                          header, one line each
 *   I <time> <events> <outlet> <kind> <command> <value> <energy> <power> <raw> <seal>   came in
 *   O <time> <events> <outlet> <kind> <number> <limit> <lease> <seal>               left
 *   S <time> <events> <by> <seal>                                                   the axis was moved
 *   P <time> <events> <short channel id> <node id> <payment hash> <preimage> <seal>   a payment elsewhere was settled
 *   K <time> <events> <chain> <seal>                                                the trace digest as it stands
 *   R <time> <events> <seal>                                  the bridge was killed; it is back at that time
 *   E <time> <events> <digest> <how it ended> <seal>                                the end
 *
 * Text, a record a line, LF. Times are us of the simulation's axis; events is how many had been executed by the kernel
 * when it came: whoever feeds inputs behind the same number of events has the same run, to the bit. A seal is the first
 * 64 bits of SHA-256 over the seal's full digest before and the line: no line can be changed, taken out or moved.
 *
 * Lines are written before what they tell of has effects. A line is in the file when the call returns, safe on the disk
 * within a second, and a payment before it is answered; the last one of a run that was killed may be torn, and is
 * dropped.
 */
#ifndef KONSENTO_HWBRIDGE_JOURNAL_H
#define KONSENTO_HWBRIDGE_JOURNAL_H

#include "hwbridge/driver.h"

#define JOURNAL_VERSION   1
#define JOURNAL_TEXT_MAX  256 /* of a header's key or value, with its end */
#define JOURNAL_LINE_MAX  1024
#define JOURNAL_SYNC_NS   INT64_C(1000000000)
#define JOURNAL_SEAL_SIZE 32

/* A payment that another Lightning node tells of. */
struct journal_settlement {
    uint64_t short_channel_id;
    uint8_t node_id[33], payment_hash[32], preimage[32];
};

enum journal_kind {
    JOURNAL_HEADER,
    JOURNAL_INPUT,
    JOURNAL_COMMAND,
    JOURNAL_SLIP,
    JOURNAL_SETTLEMENT,
    JOURNAL_CHECK,
    JOURNAL_RESTART,
    JOURNAL_END
};

struct journal_record {
    enum journal_kind kind;
    int64_t time_us;
    uint64_t events;
    struct hw_input input;     /* INPUT */
    struct hw_command command; /* COMMAND */
    int64_t slip_us;           /* SLIP */
    struct journal_settlement settlement;
    uint64_t chain;                                      /* CHECK */
    uint8_t digest[32];                                  /* END */
    char key[JOURNAL_TEXT_MAX], value[JOURNAL_TEXT_MAX]; /* HEADER; END: value, how it ended */
};

struct journal_reader;

/* ---- writing ---------------------------------------------------------------------------------------------------- */

struct disk;

struct journal {
    int fd;            /* -1: closed */
    struct disk *disk; /* waits for it; NULL: who writes waits */
    int error;         /* errno of the first write that failed; 0: none. Nothing is written after it */
    int64_t synced_ns;
    bool is_dirty;
    uint64_t lines, bytes;
    uint8_t seal[JOURNAL_SEAL_SIZE];
};

/* Makes a new file; one that is there is not touched. Returns 0, or errno. Owns: journal_close. */
int journal_open(struct journal *journal, const char *path) __attribute__((warn_unused_result));
/* Goes on with a file that a killed run has left. In: reader, at its end (JOURNAL_NO_MORE or JOURNAL_TORN): what is
 * torn is cut off. Returns 0, or errno. Owns: journal_close. */
int journal_continue(struct journal *journal, const char *path, const struct journal_reader *reader)
    __attribute__((warn_unused_result));
/* Returns false if the disk does not take it: journal->error says why. In: record, of any kind; keys and values without
 * line ends, keys without spaces. */
bool journal_write(struct journal *journal, const struct journal_record *record) __attribute__((warn_unused_result));
/* Has what was written made safe, if a second has passed, and does not wait for it: a failure is told by a later call.
 * Returns as journal_write. */
bool journal_sync(struct journal *journal, int64_t now_ns) __attribute__((warn_unused_result));
/* Makes safe what was written, at once, and waits for it: before somebody is told that it was taken. Returns as
 * journal_write. */
bool journal_keep(struct journal *journal) __attribute__((warn_unused_result));
/* Makes all safe. Returns 0, or errno of the first failure. */
int journal_close(struct journal *journal);

/* The line that tells of a record, without seal. Returns its length. */
size_t journal_format(char line[JOURNAL_LINE_MAX], const struct journal_record *record);
/* Of such a line. Returns false if it is none. */
bool journal_parse(struct journal_record *record, const char *line);
void journal_seal(uint8_t seal[JOURNAL_SEAL_SIZE], const char *line, size_t length);
#define JOURNAL_SEAL_TEXT 17 /* 16 digits and their end */
void journal_seal_text(char text[JOURNAL_SEAL_TEXT], const uint8_t seal[JOURNAL_SEAL_SIZE]);

/* ---- reading ---------------------------------------------------------------------------------------------------- */

enum journal_result {
    JOURNAL_OK,
    JOURNAL_NO_MORE,   /* the file ends behind a whole line */
    JOURNAL_TORN,      /* it ends in the middle of one */
    JOURNAL_BROKEN,    /* the seal does not fit: this line, or one before it, was changed */
    JOURNAL_NO_RECORD, /* sealed, but not of this form */
    JOURNAL_UNREADABLE /* reader->error says why */
};

struct journal_reader {
    void *file;
    int error;
    uint64_t line;  /* number of the last one, from 1 */
    uint64_t bytes; /* of whole lines whose seals fit */
    uint8_t seal[JOURNAL_SEAL_SIZE];
};

/* Returns 0, errno, or EINVAL if it is no journal of this version. Owns: journal_reader_close. */
int journal_reader_open(struct journal_reader *reader, const char *path) __attribute__((warn_unused_result));
enum journal_result journal_read(struct journal_reader *reader, struct journal_record *record);
void journal_reader_close(struct journal_reader *reader);
/* How long ago the file was last written to, by the file system's clock; 0 if that lies ahead. Returns 0, or errno. */
int journal_idle_us(const char *path, int64_t *idle_us) __attribute__((warn_unused_result));

#endif
