/* disk.h: makes a file safe on its disk without waiting for it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A disk may take a tenth of a second, and a run in real time has none to spare: a thread of its own waits for it.
 */
#ifndef KONSENTO_HWBRIDGE_DISK_H
#define KONSENTO_HWBRIDGE_DISK_H

struct disk;

/* In: fd, open until disk_close. Returns NULL when threads or memory are out. Owns: disk_close. */
struct disk *disk_open(int fd);
/* What is written to the file by now is to be safe soon. If it is busy with what was asked before, it begins again. */
void disk_ask(struct disk *disk);
/* errno of the first time that it could not, 0: none so far. */
int disk_error(struct disk *disk);
/* Waits until all is safe. Returns errno of the first time that it could not be made so, 0: it is, or disk is NULL. */
int disk_close(struct disk *disk);

#endif
