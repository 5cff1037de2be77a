/* figure.c: line figures as inline SVG.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/figure.h"

#include "analysis/html.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#define WIDTH  480.0
#define HEIGHT 300.0
#define LEFT   70.0
#define RIGHT  12.0
#define TOP    14.0
#define BOTTOM 46.0
#define TICKS  6

/* Eight colours; then the same again with other dashes. */
const struct figure_pen figure_pens[FIGURE_LINES_MAX] = {
    {"#0072b2", "solid"},     {"#d55e00", "(7,3)"},     {"#009e73", "(2,2)"},  {"#cc79a7", "(9,3,2,3)"},
    {"#e69f00", "(5,5)"},     {"#56b4e9", "(1,3)"},     {"#888888", "(12,3)"}, {"#b8a800", "(4,2,1,2)"},
    {"#0072b2", "(3,4,9,4)"}, {"#d55e00", "(1,2,1,6)"}, {"#009e73", "(14,4)"}, {"#cc79a7", "(3,6)"}};

/* From numbers to pixels. */
struct frame {
    double x0, x_scale, y0, y_scale;
    double y_max;
    bool is_log; /* y0, y_max are decimal logarithms then */
};

bool figure_has_bars(const struct figure *figure)
{
    return figure->kind == FIGURE_BARS || figure->kind == FIGURE_CLUSTERS;
}

double figure_x(const struct figure *figure, size_t point)
{
    return figure->x != NULL ? figure->x[point] : figure->x_first + (double)point * figure->x_step;
}

/* A place on the y axis; NaN if it has none there. */
static double level_of(const struct frame *frame, double y)
{
    return !frame->is_log ? y : y > 0 ? log10(y) : NAN;
}

static double pixel_x(const struct frame *frame, double x)
{
    return LEFT + (x - frame->x0) * frame->x_scale;
}

static double pixel_y(const struct frame *frame, double y)
{
    return HEIGHT - BOTTOM - (level_of(frame, y) - frame->y0) * frame->y_scale;
}

/* 1, 2 or 5 times a power of ten: about TICKS steps over the range. */
static double tick_step(double range)
{
    double raw = range / TICKS, power = pow(10, floor(log10(raw))), part = raw / power;
    return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
}

static void extend(struct frame *frame, const double *values, size_t count)
{
    for (size_t i = 0; values != NULL && i < count; i++) {
        double level = level_of(frame, values[i]);
        if (isfinite(level)) {
            frame->y0 = fmin(frame->y0, level);
            frame->y_max = fmax(frame->y_max, level);
        }
    }
}

static struct frame frame_of(const struct figure *figure)
{
    bool is_log = figure->kind == FIGURE_LINES_LOG;
    struct frame frame = {
        .x0 = figure->x_first, .y0 = is_log ? INFINITY : 0, .y_max = is_log ? -INFINITY : 0, .is_log = is_log};
    for (size_t i = 0; i < figure->line_count; i++) {
        extend(&frame, figure->lines[i].mean, figure->point_count);
        extend(&frame, figure->lines[i].lo, figure->point_count);
        extend(&frame, figure->lines[i].hi, figure->point_count);
    }
    if (figure->has_limit) {
        extend(&frame, &figure->limit, 1);
    }
    if (is_log && isfinite(frame.y0)) {
        frame.y0 = floor(frame.y0);
        frame.y_max = ceil(frame.y_max);
    }
    if (!(frame.y_max > frame.y0)) {
        frame.y0 = isfinite(frame.y0) ? frame.y0 : 0;
        frame.y_max = frame.y0 + 1;
    }
    frame.x_scale = (WIDTH - LEFT - RIGHT) / (figure->x_end - figure->x_first);
    frame.y_scale = (HEIGHT - TOP - BOTTOM) / (frame.y_max - frame.y0);
    return frame;
}

static void write_y_axis(FILE *out, const struct figure *figure, const struct frame *frame)
{
    double step = frame->is_log ? 1 : tick_step(frame->y_max - frame->y0);
    for (long i = (long)ceil(frame->y0 / step); (double)i * step <= frame->y_max; i++) {
        double value = frame->is_log ? pow(10, (double)i) : (double)i * step, y = pixel_y(frame, value);
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>", LEFT, y, WIDTH - RIGHT);
        fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", LEFT - 6, y + 4, value);
    }
    fprintf(out, "<text transform=\"translate(14 %.1f) rotate(-90)\" text-anchor=\"middle\">",
            (TOP + HEIGHT - BOTTOM) / 2);
    html_text(out, figure->y_title);
    fputs("</text>\n", out);
}

static void write_x_axis(FILE *out, const struct figure *figure, const struct frame *frame)
{
    double range = figure->x_end - figure->x_first, step = range == 24 ? 3 : tick_step(range);
    for (long i = (long)ceil(figure->x_first / step); (double)i * step <= figure->x_end; i++) {
        double x = pixel_x(frame, (double)i * step);
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", x, TOP, HEIGHT - BOTTOM);
        fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g</text>\n", x, HEIGHT - BOTTOM + 16,
                (double)i * step);
    }
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8);
    html_text(out, figure->x_title);
    fputs("</text>\n", out);
}

/* Points from first to end (or backwards) as path commands, without the leading M or L of the first. */
static void write_point(FILE *out, const struct figure *figure, const struct frame *frame, size_t i, double y)
{
    fprintf(out, "%.1f %.1f ", pixel_x(frame, figure_x(figure, i)), pixel_y(frame, y));
}

static bool has_band(const struct figure_line *line, const struct frame *frame, size_t i)
{
    return isfinite(level_of(frame, line->lo[i])) && isfinite(level_of(frame, line->hi[i]));
}

static void write_band(FILE *out, const struct figure *figure, const struct frame *frame, size_t index)
{
    const struct figure_line *line = &figure->lines[index];
    if (line->lo == NULL || line->hi == NULL) {
        return;
    }
    fprintf(out, "<path class=\"b%zu\" d=\"", index);
    for (size_t i = 0; i < figure->point_count;) {
        size_t end = i;
        while (end < figure->point_count && has_band(line, frame, end)) {
            end++;
        }
        for (size_t j = i; j < end; j++) {
            fputc(j == i ? 'M' : 'L', out);
            write_point(out, figure, frame, j, line->hi[j]);
        }
        for (size_t j = end; j > i; j--) {
            fputc('L', out);
            write_point(out, figure, frame, j - 1, line->lo[j - 1]);
        }
        fputs(end > i ? "Z" : "", out);
        i = end + 1;
    }
    fputs("\"/>\n", out);
}

static void write_line(FILE *out, const struct figure *figure, const struct frame *frame, size_t index)
{
    const struct figure_line *line = &figure->lines[index];
    bool drawing = false;
    fprintf(out, "<path class=\"s%zu\" d=\"", index);
    for (size_t i = 0; i < figure->point_count; i++) {
        bool is_there = isfinite(level_of(frame, line->mean[i]));
        if (is_there) {
            fputc(drawing ? 'L' : 'M', out);
            write_point(out, figure, frame, i, line->mean[i]);
        }
        drawing = is_there;
    }
    fputs("\"><title>", out);
    html_text(out, line->label);
    fputs("</title></path>\n", out);
}

static void write_limit(FILE *out, const struct figure *figure, const struct frame *frame)
{
    double y = pixel_y(frame, figure->limit);
    if (!figure->has_limit || !isfinite(y)) {
        return;
    }
    fprintf(out, "<path class=\"limit\" d=\"M%.1f %.1fH%.1f\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", LEFT,
            y, WIDTH - RIGHT, WIDTH - RIGHT - 4, y - 4);
    html_text(out, figure->limit_label);
    fputs("</text>\n", out);
}

static void write_entry(FILE *out, const char *key, const char *label)
{
    fprintf(out, "<span><svg width=\"34\" height=\"10\" aria-hidden=\"true\"><path class=\"%s\" d=\"M1 5H33\"/></svg> ",
            key);
    html_text(out, label);
    fputs("</span> ", out);
}

void figure_legend(FILE *out, const struct figure *figure)
{
    char key[40];
    if (figure->line_count < 2 && !figure->has_limit) {
        return;
    }
    fputs("<p class=\"legend\">", out);
    for (size_t i = 0; i < figure->line_count; i++) {
        snprintf(key, sizeof key, "s%zu%s", i, figure_has_bars(figure) ? " bar" : "");
        write_entry(out, key, figure->lines[i].label);
    }
    if (figure->has_limit) {
        write_entry(out, "limit", figure->limit_label);
    }
    fputs("</p>\n", out);
}

void figure_write(FILE *out, const struct figure *figure)
{
    if (figure_has_bars(figure)) {
        fputs("<figure>\n<figcaption>", out);
        html_text(out, figure->title);
        fputs("</figcaption>\n</figure>\n", out);
        return;
    }
    assert(figure->line_count <= FIGURE_LINES_MAX && figure->x_end > figure->x_first);
    struct frame frame = frame_of(figure);
    fputs("<figure>\n<figcaption>", out);
    html_text(out, figure->title);
    fprintf(out, "</figcaption>\n<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    html_text(out, figure->title);
    fputs("\">\n", out);
    write_y_axis(out, figure, &frame);
    write_x_axis(out, figure, &frame);
    for (size_t i = 0; i < figure->line_count; i++) {
        write_band(out, figure, &frame, i);
    }
    for (size_t i = 0; i < figure->line_count; i++) {
        write_line(out, figure, &frame, i);
    }
    write_limit(out, figure, &frame);
    fputs("</svg>\n", out);
    figure_legend(out, figure);
    fputs("</figure>\n", out);
}
