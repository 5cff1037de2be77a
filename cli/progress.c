/* progress.c: how far a study is.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/progress.h"

#include "cli/clock.h"

#include <stdio.h>

#define BAR_COLUMNS   24
#define LIVE_EVERY_MS 100

void progress_begin(struct progress *progress, const struct terminal *terminal, size_t total, size_t done)
{
    int64_t now = clock_now_ms();
    *progress = (struct progress){
        .terminal = terminal, .total = total, .first = done, .done = done, .began_ms = now, .shown_ms = now};
}

/* Eighths of a column, so that a slow study is seen to move. */
static void draw_bar(size_t done, size_t total)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    size_t steps = total > 0 ? done * BAR_COLUMNS * 8 / total : 0;
    size_t drawn = steps / 8 + (steps % 8 != 0);
    for (size_t i = 0; i < steps / 8; i++)
        fputs("█", stderr);
    fputs(eighths[steps % 8], stderr);
    fprintf(stderr, "%*s", (int)(BAR_COLUMNS - drawn), "");
}

static void print_figures(const struct progress *progress, int64_t now_ms)
{
    double seconds = (double)(now_ms - progress->began_ms) * 1e-3;
    double rate = seconds > 0 ? (double)(progress->done - progress->first) / seconds : 0;
    fprintf(stderr, "%zu/%zu replications", progress->done, progress->total);
    if (rate <= 0)
        return;
    double left = (double)(progress->total - progress->done) / rate;
    fprintf(stderr, "  %.3g/s  ETA ", rate);
    if (left < 3600)
        fprintf(stderr, "%d:%02d", (int)left / 60, (int)left % 60);
    else
        fprintf(stderr, "%.1f h", left / 3600);
}

static void show_live(struct progress *progress, int64_t now_ms)
{
    fputs("\r\033[2K  ", stderr);
    draw_bar(progress->done, progress->total);
    fprintf(stderr, " %3.0f %%  ", progress->total > 0 ? 100.0 * (double)progress->done / (double)progress->total : 0);
    print_figures(progress, now_ms);
    fflush(stderr);
    progress->drawn = true;
}

void progress_update(struct progress *progress, size_t done)
{
    int64_t now = clock_now_ms(), since = now - progress->shown_ms;
    progress->done = done;
    if (progress->terminal->quiet)
        return;
    if (progress->terminal->live ? since < LIVE_EVERY_MS : since < progress->terminal->plain_every_ms)
        return;
    progress->shown_ms = now;
    if (progress->terminal->live) {
        show_live(progress, now);
        return;
    }
    fputs("konsento: ", stderr);
    print_figures(progress, now);
    fputc('\n', stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[2K", stderr);
    progress->drawn = false;
}
