/* gallery.c: the list of figures of a study.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/gallery.h"

#include "analysis/fault.h"
#include "analysis/gnuplot.h"
#include "analysis/html.h"
#include "analysis/plot.h"
#include "analysis/store.h"
#include "analysis/svgtext.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a writer writes, as a text; NULL when memory is out. */
static char *text_of(void (*write)(FILE *out, const struct figure *figure), const struct figure *figure)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    write(out, figure);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void write_title(FILE *out, const struct figure *figure)
{
    fputs(figure->title, out);
}

static void write_commands(FILE *out, const struct figure *figure)
{
    plot_commands(out, figure, "$data");
}

void gallery_add(struct gallery *gallery, const struct figure *figure)
{
    if (gallery->count == GALLERY_FIGURES_MAX || gallery->is_memory_out) {
        return;
    }
    struct gallery_figure *made = &gallery->figures[gallery->count++];
    snprintf(made->name, sizeof made->name, "%s", figure->name);
    made->title = text_of(write_title, figure);
    made->csv = text_of(plot_csv, figure);
    made->script = text_of(plot_script, figure);
    made->commands = text_of(write_commands, figure);
    made->picture = text_of(figure_write, figure);
    made->legend = text_of(figure_legend, figure);
    gallery->is_memory_out = made->title == NULL || made->csv == NULL || made->script == NULL ||
                             made->commands == NULL || made->picture == NULL || made->legend == NULL;
}

/* All figures in one script: data, commands, and everything forgotten before the next. */
static char *whole_script(const struct gallery *gallery, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (out == NULL) {
        return NULL;
    }
    fputs(plot_page_terminal, out);
    for (size_t i = 0; i < gallery->count; i++) {
        const struct gallery_figure *figure = &gallery->figures[i];
        fprintf(out, "reset\nunset key\n$data << END_OF_DATA\n%sEND_OF_DATA\n%s", figure->csv, figure->commands);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* One picture in its frame; NULL when memory is out, or there is none left. */
static char *frame(const char **rest, const struct gallery_figure *figure)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    fputs("<figure>\n<figcaption>", out);
    html_text(out, figure->title);
    fputs("</figcaption>\n", out);
    *rest = svgtext_write(out, *rest, figure->title);
    fputs(figure->legend, out);
    fputs("</figure>\n", out);
    if (fclose(out) != 0 || *rest == NULL) {
        free(text);
        return NULL;
    }
    return text;
}

static void take_pictures(struct gallery *gallery, const char *pictures)
{
    for (size_t i = 0; i < gallery->count; i++) {
        char *picture = frame(&pictures, &gallery->figures[i]);
        if (picture == NULL) {
            return;
        }
        free(gallery->figures[i].picture);
        gallery->figures[i].picture = picture;
    }
    gallery->is_drawn = gallery->count > 0;
}

void gallery_draw(struct gallery *gallery)
{
    const char *program = getenv("KONSENTO_GNUPLOT");
    size_t length = 0;
    program = program == NULL ? "gnuplot" : program;
    if (gallery->is_memory_out || gallery->count == 0 || *program == '\0' || strcmp(program, "none") == 0) {
        return;
    }
    char *script = whole_script(gallery, &length);
    char *pictures = script == NULL ? NULL : gnuplot_run(program, script, length);
    if (pictures != NULL) {
        take_pictures(gallery, pictures);
    }
    free(pictures);
    free(script);
}

size_t gallery_write(FILE *out, const struct gallery *gallery, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < gallery->count; i++) {
        if (strncmp(gallery->figures[i].name, name, strlen(name)) == 0 && gallery->figures[i].picture != NULL) {
            fputs(count++ == 0 ? "<div class=\"figures\">\n" : "", out);
            fputs(gallery->figures[i].picture, out);
        }
    }
    fputs(count > 0 ? "</div>\n" : "", out);
    return count;
}

static enum results_result export_file(struct results_error *error, const char *folder, const char *name,
                                       const char *ending, const char *text)
{
    char *path;
    if (asprintf(&path, "%s/%s.%s", folder, name, ending) < 0) {
        return fault_memory(error, folder);
    }
    enum results_result result = store_write_path(error, path, (const uint8_t *)text, strlen(text));
    free(path);
    return result;
}

enum results_result gallery_export(const struct gallery *gallery, struct results_error *error, const char *folder)
{
    if (gallery->is_memory_out) {
        return fault_memory(error, folder);
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return fault(error, RESULTS_IO, "%s: cannot make this folder: %m", folder);
    }
    enum results_result result = RESULTS_OK;
    for (size_t i = 0; i < gallery->count && result == RESULTS_OK; i++) {
        const struct gallery_figure *figure = &gallery->figures[i];
        result = export_file(error, folder, figure->name, "csv", figure->csv);
        if (result == RESULTS_OK) {
            result = export_file(error, folder, figure->name, "gp", figure->script);
        }
    }
    return result;
}

void gallery_close(struct gallery *gallery)
{
    for (size_t i = 0; i < gallery->count; i++) {
        free(gallery->figures[i].title);
        free(gallery->figures[i].csv);
        free(gallery->figures[i].script);
        free(gallery->figures[i].commands);
        free(gallery->figures[i].picture);
        free(gallery->figures[i].legend);
    }
    *gallery = (struct gallery){.count = 0};
}
