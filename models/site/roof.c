/* roof.c: one step of sun after the other.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/roof.h"

#include "models/calendar.h"
#include "models/fleet/csv.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_MINUTES     INT64_C(527040) /* of a leap year */
#define IRRADIANCE_MOST  INT64_C(2000)   /* W/m2: what is more is a mistake of units */
#define ROWS_MAX         YEAR_MINUTES
#define SERIES_HEADER    "minute,irradiance_w_per_m2"
#define SERIES_FIRST_ROW 1024

/* ---- the file -------------------------------------------------------------------------------------------------- */

static bool grow(struct roof_series *series, size_t *capacity)
{
    if (series->count < *capacity)
        return true;
    size_t more = *capacity == 0 ? SERIES_FIRST_ROW : 2 * *capacity;
    int64_t *minutes = realloc(series->minutes, more * sizeof minutes[0]);
    if (minutes != NULL)
        series->minutes = minutes;
    int64_t *irradiance = realloc(series->irradiance_mw, more * sizeof irradiance[0]);
    if (irradiance != NULL)
        series->irradiance_mw = irradiance;
    *capacity = minutes != NULL && irradiance != NULL ? more : *capacity;
    return minutes != NULL && irradiance != NULL;
}

/* What is wrong with the record; NULL: nothing, and the row was added. */
static const char *add_row(struct roof_series *series, size_t *capacity, const struct csv *csv)
{
    int64_t minute, irradiance_mw;
    if (csv->field_count != 2)
        return "must have two fields: " SERIES_HEADER;
    if (csv_number(&minute, csv->fields[0], '.', 1) != NUMBER_OK || minute < 0 || minute >= YEAR_MINUTES)
        return "minute must be a whole number in 0 .. 527039, counted from the beginning of the year";
    if (csv_number(&irradiance_mw, csv->fields[1], '.', 1000) != NUMBER_OK || irradiance_mw < 0 ||
        irradiance_mw > IRRADIANCE_MOST * 1000)
        return "irradiance must be a number in 0 .. 2000 W/m2";
    if (series->count > 0 && minute <= series->minutes[series->count - 1])
        return "minutes must rise from row to row";
    if (!grow(series, capacity))
        return "memory is out";
    series->minutes[series->count] = minute;
    series->irradiance_mw[series->count++] = irradiance_mw;
    return NULL;
}

static bool is_header(const struct csv *csv)
{
    return csv->field_count == 2 && strcmp(csv->fields[0], "minute") == 0 &&
           strcmp(csv->fields[1], "irradiance_w_per_m2") == 0;
}

bool roof_series_read(struct roof_series *series, struct input_report *report, const char *bytes, size_t length,
                      const char *path)
{
    struct csv csv;
    size_t capacity = 0, errors = 0;
    *series = (struct roof_series){0};
    csv_init(&csv, bytes, length, ',');
    enum csv_result result = csv_next(&csv);
    if (result != CSV_RECORD || !is_header(&csv)) {
        input_report_add(report, INPUT_ERROR, path, csv.line, "must begin with the header %s", SERIES_HEADER);
        return false;
    }
    while ((result = csv_next(&csv)) != CSV_END) {
        const char *why = result == CSV_RECORD ? add_row(series, &capacity, &csv) : csv_result_text(result);
        errors += why != NULL;
        if (why != NULL)
            input_report_add(report, INPUT_ERROR, path, csv.line, "%s", why);
    }
    if (errors == 0 && series->count == 0)
        input_report_add(report, INPUT_ERROR, path, 0, "has no rows");
    if (errors == 0 && series->count > 0)
        return true;
    roof_series_close(series);
    return false;
}

void roof_series_close(struct roof_series *series)
{
    free(series->minutes);
    free(series->irradiance_mw);
    *series = (struct roof_series){0};
}

/* The row that holds at a minute of the year; before the first row the last one of the year before does. */
static double series_w(const struct roof_series *series, int64_t minute)
{
    size_t low = 0, high = series->count; /* rows below low are not later, from high on they are */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (series->minutes[middle] <= minute)
            low = middle + 1;
        else
            high = middle;
    }
    return (double)series->irradiance_mw[low == 0 ? series->count - 1 : low - 1] / 1000;
}

/* ---- power ----------------------------------------------------------------------------------------------------- */

void roof_init(struct roof *roof, struct sim *sim, const struct roof_config *config, const struct roof_series *series,
               int64_t start_unix_s)
{
    assert(config->step_us > 0 && (config->path == NULL || series != NULL));
    *roof = (struct roof){.config = config,
                          .series = series,
                          .place = {.latitude_rad = (double)config->latitude_udeg / 1e6 * M_PI / 180,
                                    .longitude_deg = (double)config->longitude_udeg / 1e6,
                                    .zone_us = config->zone_us,
                                    .start_unix_s = start_unix_s},
                          .clouds = {.day = -1},
                          .is_random = series == NULL && (config->day_ppm > 0 || config->flicker_ppm > 0)};
    if (roof->is_random)
        sim_stream_open(&roof->stream, sim, "roof.clouds", 0);
}

static double clearness(struct roof *roof, const struct civil_time *civil, int64_t time_us)
{
    const struct roof_config *config = roof->config;
    struct sky_weather weather = {.mean = config->clearness_ppm == ROOF_NAGOYA ? sky_nagoya_clearness(civil->month)
                                                                               : (double)config->clearness_ppm / 1e6,
                                  .day_spread = (double)config->day_ppm / 1e6,
                                  .flicker = (double)config->flicker_ppm / 1e6,
                                  .keep = exp(-(double)config->step_us / (double)config->cloud_us)};
    int64_t midnight_us = time_us - calendar_time_of_day_us(roof->place.start_unix_s, time_us);
    if (!roof->is_random)
        return weather.mean;
    return sky_clouds_next(&roof->clouds, &weather, stream_rng(&roof->stream), midnight_us / DAY_US);
}

static double irradiance_w(struct roof *roof, int64_t time_us)
{
    int64_t middle_us = time_us + roof->config->step_us / 2;
    struct civil_time civil;
    calendar_civil(&civil, roof->place.start_unix_s, middle_us);
    if (roof->series != NULL) {
        int64_t days =
            calendar_days_from_date(civil.year, civil.month, civil.day) - calendar_days_from_date(civil.year, 1, 1);
        return series_w(roof->series, (days * 24 + civil.hour) * 60 + civil.minute);
    }
    double clear_w = sky_clear_w(sky_cos_zenith(&roof->place, middle_us));
    return clear_w * clearness(roof, &civil, time_us);
}

int64_t roof_power_w(struct roof *roof, int64_t time_us)
{
    double power_w = (double)roof->config->peak_w * irradiance_w(roof, time_us) / 1000;
    return llround(power_w * (double)roof->config->ratio_ppm / 1e6);
}
