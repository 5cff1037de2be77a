/* sweep_pace.c: how fast a sweep that is under way goes, seen from its files.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_pace.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Shards of all folders since the sweep was last begun: study.h5 is written then. */
struct pace {
    double began_s; /* when study.h5 was written */
    size_t shards, recent;
    double bytes, recent_bytes;
};

static double seconds_of(const struct timespec *time)
{
    return (double)time->tv_sec + (double)time->tv_nsec * 1e-9;
}

static void look_at_shards(struct pace *pace, const char *folder)
{
    char path[4600], file[5000];
    snprintf(path, sizeof path, "%.4400s/shards", folder);
    DIR *list = opendir(path);
    const struct dirent *entry;
    while (list != NULL && (entry = readdir(list)) != NULL) {
        struct stat status;
        size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 3, ".h5") != 0)
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (stat(file, &status) != 0)
            continue;
        bool recent = seconds_of(&status.st_mtim) >= pace->began_s;
        pace->shards++;
        pace->bytes += (double)status.st_size;
        pace->recent += recent;
        pace->recent_bytes += recent ? (double)status.st_size : 0;
    }
    if (list != NULL)
        closedir(list);
}

static void look_at_parts(struct pace *pace, const char *folder)
{
    char path[4200], part[4500];
    snprintf(path, sizeof path, "%.4000s/parts", folder);
    DIR *list = opendir(path);
    const struct dirent *entry;
    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(part, sizeof part, "%s/%s", path, entry->d_name);
        look_at_shards(pace, part);
    }
    if (list != NULL)
        closedir(list);
}

double sweep_time_left(const char *folder, const struct tally *tally, size_t missing)
{
    struct pace pace = {0, 0, 0, 0, 0};
    struct stat status;
    struct timespec now;
    char path[4200];
    snprintf(path, sizeof path, "%.4000s/study.h5", folder);
    if (stat(path, &status) != 0 || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return NAN;
    pace.began_s = seconds_of(&status.st_mtim);
    look_at_shards(&pace, folder);
    look_at_parts(&pace, folder);
    double spent_s = seconds_of(&now) - pace.began_s;
    if (pace.recent == 0 || !(pace.bytes > 0) || spent_s <= 0)
        return NAN;
    /* Rows are nearly equal in size, so bytes say how many of the rows in shards are recent. */
    double recent_rows = (double)tally->done * pace.recent_bytes / pace.bytes;
    return recent_rows > 0 ? (double)missing * spent_s / recent_rows : NAN;
}
