/* describe.h: what a results file says about its study: identity, columns, parameters, provenance.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_DESCRIBE_H
#define KONSENTO_CLI_DESCRIBE_H

#include "analysis/pool.h"
#include "analysis/results.h"
#include "cli/request.h"

struct description {
    struct pool pool;
    struct results_study study;
    const char *folder; /* runs/NAME-IDENTITY */
};

/* Returns false when memory is out. Owns: describe_close. */
bool describe_study(struct description *description, const struct request *request);
void describe_close(struct description *description);

/* Pieces of it, for studies that are made of many scenarios. Texts go into the pool; NULL when memory is out. */
#define DESCRIBE_SLUG_BYTES 41
/* "Garage, one month" -> "garage-one-month" */
void describe_slug(char text[DESCRIBE_SLUG_BYTES], const char *name);
/* Hex SHA-256 of all that makes up one point: completed scenario, code of its functions, data files. */
const char *describe_point_hash(struct pool *pool, const struct request *request);
/* One line per data file: SHA-256, two spaces, path. */
const char *describe_data_files(struct pool *pool, const struct request *request);
const char *describe_hash(struct pool *pool, const char *text);
const char *describe_identity_hash(struct pool *pool, const struct results_text *parts, size_t count);

#endif
