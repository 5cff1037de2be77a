/* plot.c: figures as CSV and gnuplot scripts.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/plot.h"

#include "analysis/decimal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define NAMES_BESIDE_MAX 60   /* characters */
#define BAND_SHADE       0.16 /* of one band */
#define BANDS_SHADE      0.6  /* of all, where they lie on each other */

const char plot_terminal[] = "set terminal svg size 860,340 noenhanced font 'sans-serif,12' linewidth 1\n";
const char plot_page_terminal[] = "set terminal svg size 480,320 noenhanced font 'sans-serif,12' linewidth 1\n";

/* A text inside single quotes of gnuplot: no quote, no back quote, no control character. */
static void write_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (const char *at = text == NULL ? "" : text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        fputc(c < ' ' || c == 0x7f || strchr("'`\"\\$@", c) != NULL ? '_' : c, out);
    }
    fputc('\'', out);
}

/* A text as a cell of CSV, harmless in a script too. */
static void write_cell(FILE *out, const char *text)
{
    for (const char *at = text == NULL ? "" : text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        bool is_harmful = c < ' ' || c == 0x7f || strchr("'`\"\\$@", c) != NULL;
        fputc(c == ',' ? ';' : is_harmful ? '_' : c, out);
    }
}

/* Nothing where there is no value: gnuplot leaves a gap. */
static void write_number(FILE *out, double value)
{
    char text[DECIMAL_BYTES];
    if (isfinite(value)) {
        fputs(decimal(text, value), out);
    }
}

static void write_head(FILE *out, const struct figure *figure)
{
    write_cell(out, figure->x_title);
    for (size_t i = 0; i < figure->line_count; i++) {
        const struct figure_line *line = &figure->lines[i];
        fputc(',', out);
        write_cell(out, line->label);
        if (line->lo != NULL) {
            fputc(',', out);
            write_cell(out, line->label);
            fputs(" lo,", out);
            write_cell(out, line->label);
            fputs(" hi", out);
        }
    }
    fputc('\n', out);
}

void plot_csv(FILE *out, const struct figure *figure)
{
    write_head(out, figure);
    for (size_t point = 0; point < figure->point_count; point++) {
        if (figure_has_bars(figure)) {
            write_cell(out, figure->bars[point]);
        } else {
            write_number(out, figure_x(figure, point));
        }
        for (size_t i = 0; i < figure->line_count; i++) {
            const struct figure_line *line = &figure->lines[i];
            fputc(',', out);
            write_number(out, line->mean[point]);
            if (line->lo != NULL) {
                fputc(',', out);
                write_number(out, line->lo[point]);
                fputc(',', out);
                write_number(out, line->hi[point]);
            }
        }
        fputc('\n', out);
    }
}

/* Do the names of bars need more room than there is beside each other? */
static bool has_long_names(const struct figure *figure)
{
    size_t longest = 0;
    for (size_t i = 0; i < figure->point_count; i++) {
        size_t length = figure->bars[i] == NULL ? 0 : strlen(figure->bars[i]);
        longest = length > longest ? length : longest;
    }
    return longest * figure->point_count > NAMES_BESIDE_MAX;
}

static void write_axes(FILE *out, const struct figure *figure)
{
    fputs("set datafile separator ','\nset xlabel ", out);
    write_quoted(out, figure->x_title);
    fputs("\nset ylabel ", out);
    write_quoted(out, figure->y_title);
    fputs("\nset grid ytics linecolor rgb '#cccccc'\nset border 3\nset tics nomirror\n", out);
    if (figure_has_bars(figure)) {
        bool is_stacked = figure->kind == FIGURE_BARS;
        fprintf(out,
                "set style data histograms\nset style histogram %s\nset style fill solid 0.85 border -1\n"
                "set boxwidth %s\nset yrange [0:*]\n",
                is_stacked ? "rowstacked" : "clustered gap 1", is_stacked ? "0.6" : "0.9");
        fputs(has_long_names(figure) ? "set xtics rotate by 45 right\n" : "", out);
        return;
    }
    fprintf(out, "set grid xtics\nset xrange [%.9g:%.9g]\n", figure->x_first, figure->x_end);
    if (figure->x_end == 24 && figure->x_first == 0) {
        fputs("set xtics 3\n", out);
    }
    fputs(figure->kind == FIGURE_LINES_LOG ? "set logscale y\n" : "set yrange [0:*]\n", out);
}

static void write_bar(FILE *out, const struct figure *figure, const char *source, size_t line)
{
    fprintf(out, "%s skip 1 using %zu%s linecolor rgb '%s' title ", source, line + 2, line == 0 ? ":xtic(1)" : "",
            figure_pens[line].colour);
    write_quoted(out, figure->lines[line].label);
}

static size_t column_of(const struct figure *figure, size_t line)
{
    size_t column = 2;
    for (size_t i = 0; i < line; i++) {
        column += figure->lines[i].lo != NULL ? 3 : 1;
    }
    return column;
}

static void write_band(FILE *out, const struct figure *figure, const char *source, size_t line)
{
    size_t column = column_of(figure, line);
    if (figure->lines[line].lo != NULL) {
        fprintf(out,
                "%s skip 1 using 1:%zu:%zu with filledcurves linecolor rgb '%s' fillstyle transparent solid %.2g "
                "noborder notitle, \\\n     ",
                source, column + 1, column + 2, figure_pens[line].colour,
                fmin(BAND_SHADE, BANDS_SHADE / (double)figure->line_count));
    }
}

static void write_line(FILE *out, const struct figure *figure, const char *source, size_t line)
{
    fprintf(out, "%s skip 1 using 1:%zu with lines linewidth 1.6 linecolor rgb '%s' dashtype %s title ", source,
            column_of(figure, line), figure_pens[line].colour, figure_pens[line].gnuplot_dashes);
    write_quoted(out, figure->lines[line].label);
}

void plot_commands(FILE *out, const struct figure *figure, const char *source)
{
    write_axes(out, figure);
    fputs("plot ", out);
    for (size_t i = 0; i < figure->line_count && !figure_has_bars(figure); i++) {
        write_band(out, figure, source, i);
    }
    for (size_t i = 0; i < figure->line_count; i++) {
        fputs(i > 0 ? ", \\\n     " : "", out);
        (figure_has_bars(figure) ? write_bar : write_line)(out, figure, source, i);
    }
    if (figure->has_limit) {
        fprintf(out, ", \\\n     %.9g with lines linewidth 1 linecolor rgb '#a33a00' title ", figure->limit);
        write_quoted(out, figure->limit_label);
    }
    fputc('\n', out);
}

void plot_script(FILE *out, const struct figure *figure)
{
    char source[128];
    snprintf(source, sizeof source, "'%.100s.csv'", figure->name);
    fputs("# ", out);
    write_cell(out, figure->title);
    fprintf(out, "\n%sset output '%s.svg'\nset key above\n", plot_terminal, figure->name);
    plot_commands(out, figure, source);
}
