/* export_chain.h: the blocks of one replication out of a results file.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_EXPORT_CHAIN_H
#define KONSENTO_CLI_EXPORT_CHAIN_H

#include "analysis/blob.h"
#include "cli/options.h"

#include <stdio.h>

/* The one chain that --where and --replication leave. Returns NULL, with the reason told, if there is none or more than
 * one. */
const struct results_row *export_chain_pick(const struct arguments *arguments, const struct results *results);

/* Writes its blocks as Bitcoin's blk*.dat files have them; IO, FORMAT or MEMORY if that cannot be done. */
enum results_result export_chain(FILE *out, struct results_error *error, const struct results_row *row);

#endif
