/* sweep_study.h: all points of a sweep as one study: its configurations, identity and provenance.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Configuration number c is an arm (rail or experiment) of a point; the arms of a point follow each other. Parameters
 * are the arm, what the scenario declares, and every axis.
 */
#ifndef KONSENTO_CLI_SWEEP_STUDY_H
#define KONSENTO_CLI_SWEEP_STUDY_H

#include "cli/describe.h"
#include "cli/scene.h"
#include "cli/tally.h"

struct sweep_study {
    struct description description; /* study, memory, and the folder's default name */
    struct tally_rule rule;
    struct scene *first; /* taken from scenes; its texts are the study's */
    struct scenes *scenes;
};

/* Loads every point once. Returns false with every error told. Owns: sweep_study_close, before scenes_close. */
bool sweep_study_open(struct sweep_study *study, struct scenes *scenes);
void sweep_study_close(struct sweep_study *study);

/* The command line that makes these results again; with_folder: in the same folder. malloc'ed, NULL when memory is out.
 */
char *sweep_command(const struct arguments *arguments, uint64_t seed, bool with_folder);

#endif
