/* github.h: workflow commands: annotations that GitHub shows beside a line of a file.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_GITHUB_H
#define KONSENTO_CLI_GITHUB_H

struct github_annotation {
    const char *kind; /* "error", "warning", "notice" */
    const char *file;
    unsigned line, column; /* 0: none */
    const char *title;     /* NULL: none */
    const char *text;
};
/* On standard output. */
void github_annotate(const struct github_annotation *annotation);

#endif
