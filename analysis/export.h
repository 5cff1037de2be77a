/* export.h: a results file as CSV or JSON, for programs that read no HDF5.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Long form: one line per value, so that every study has the same columns:
 *
 *   config,<parameter>...,replication,metric,unit,value
 *
 * CSV as in RFC 4180 (quotes where needed, lines end in LF), numbers with as many digits as they need to come back
 * exactly, an empty value where there is none.
 */
#ifndef KONSENTO_ANALYSIS_EXPORT_H
#define KONSENTO_ANALYSIS_EXPORT_H

#include "analysis/results.h"

#include <stdio.h>

/* All metrics of all replications. Each returns RESULTS_OK or RESULTS_IO (errno as the stream left it); out stays the
 * caller's and is flushed. */
enum results_result export_csv(FILE *out, struct results_error *error, const struct results *results);
/* One event table: config, the parameters, replication, and the table's columns. FORMAT if there is none of that name;
 * the text then names those that there are. */
enum results_result export_events_csv(FILE *out, struct results_error *error, const struct results *results,
                                      const char *table);
/* The load series: config, the parameters, replication, time_s, value. FORMAT if the study has none. */
enum results_result export_series_csv(FILE *out, struct results_error *error, const struct results *results);
/* The load over the hours of a day in steps of step_s seconds, which divide the day and are a multiple of the series'
 * step: config, its name, time of day, values, mean, p5, p50, p95, max. FORMAT if that cannot be made. */
enum results_result export_profile_csv(FILE *out, struct results_error *error, const struct results *results,
                                       double step_s);
/* Classic netCDF (64-bit offsets): parameters, metrics and the load over (config, rep[, time]). FORMAT if a variable is
 * too large for it. */
enum results_result export_netcdf(FILE *out, struct results_error *error, const struct results *results);
/* One JSON object: study, configurations, metrics per replication, event tables. NaN is null. */
enum results_result export_json(FILE *out, struct results_error *error, const struct results *results);

/* A JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void export_json_text(FILE *out, const char *text);
/* The shortest decimal number that reads back as the same double; JSON's null if it is not finite. */
void export_json_number(FILE *out, double value);

#endif
