/* tariff_csv.c: a time-of-use tariff from a file.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/tariff_csv.h"

#include "models/calendar.h"
#include "models/fleet/csv.h"
#include "models/site/tariff.h"

#include <string.h>

#define COLUMNS 5

static const char header[] = "day_type,start_hour,end_hour,label,yen_per_kwh";

struct reader {
    struct tariff_config *tariff;
    struct input_report *report;
    const char *path;
    struct csv csv;
};

static bool fault(const struct reader *reader, const char *text, const char *value)
{
    input_report_add(reader->report, INPUT_ERROR, reader->path, reader->csv.line, "%s: '%s'", text, value);
    return false;
}

/* ---- one row ---------------------------------------------------------------------------------------------------- */

static bool read_day(enum day_type *day, const struct reader *reader)
{
    static const char *const names[] = {
        [DAY_WEEKDAY] = "weekday", [DAY_WEEKEND] = "weekend_holiday", [DAY_ANY] = "any"};
    for (*day = DAY_WEEKDAY; *day <= DAY_ANY; (*day)++) {
        if (strcmp(reader->csv.fields[0], names[*day]) == 0)
            return true;
    }
    return fault(reader, "day_type is weekday, weekend_holiday or any", reader->csv.fields[0]);
}

static bool read_hour(int64_t *us, const struct reader *reader, size_t column)
{
    const char *text = reader->csv.fields[column];
    if (csv_number(us, text, '.', HOUR_US) == NUMBER_OK && *us >= 0 && *us <= DAY_US)
        return true;
    return fault(reader, "an hour of the day is 0 to 24", text);
}

static bool read_row(struct reader *reader)
{
    struct tariff_config *tariff = reader->tariff;
    if (reader->csv.field_count != COLUMNS)
        return fault(reader, "a row has the columns of", header);
    if (tariff->band_count == CONFIG_TARIFF_BANDS_MAX)
        return fault(reader, "there are more than 64 bands, from", reader->csv.fields[3]);
    struct tariff_band *band = &tariff->bands[tariff->band_count];
    if (!read_day(&band->day, reader) || !read_hour(&band->start_us, reader, 1) || !read_hour(&band->end_us, reader, 2))
        return false;
    if (band->end_us <= band->start_us)
        return fault(reader, "a band ends behind its beginning", reader->csv.fields[2]);
    const char *price = reader->csv.fields[4];
    if (csv_number(&band->price_uyen_per_kwh, price, '.', 1000000) != NUMBER_OK || band->price_uyen_per_kwh < 0 ||
        band->price_uyen_per_kwh > TARIFF_PRICE_MAX_UYEN_PER_KWH)
        return fault(reader, "a price is 0 to 1,000,000 yen", price);
    tariff->band_count++;
    return true;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static bool is_header(const struct csv *csv)
{
    char joined[CSV_LINE_MAX + 1] = "";
    size_t length = 0;
    for (size_t i = 0; i < csv->field_count; i++) {
        size_t more = strlen(csv->fields[i]);
        if (length + more + 2 > sizeof joined)
            return false;
        if (i > 0)
            joined[length++] = ',';
        memcpy(joined + length, csv->fields[i], more + 1);
        length += more;
    }
    return strcmp(joined, header) == 0;
}

static bool read_rows(struct reader *reader)
{
    bool has_header = false, is_good = true;
    for (enum csv_result result; (result = csv_next(&reader->csv)) != CSV_END;) {
        if (result != CSV_RECORD) {
            is_good = fault(reader, "is no table", csv_result_text(result));
        } else if (reader->csv.fields[0][0] == '#') {
            continue;
        } else if (!has_header) {
            has_header = is_header(&reader->csv);
            if (!has_header)
                return fault(reader, "the first row must be", header);
        } else {
            is_good = read_row(reader) && is_good;
        }
    }
    return has_header ? is_good : fault(reader, "the first row must be", header);
}

/* Whether each moment of such a day has one price: edges follow on each other. */
static bool covers(const struct reader *reader, enum day_type day, const char *name)
{
    const struct tariff_config *tariff = reader->tariff;
    int64_t covered_us = 0;
    for (size_t i = 0; i < tariff->band_count; i++) {
        const struct tariff_band *a = &tariff->bands[i];
        if (a->day != DAY_ANY && a->day != day)
            continue;
        covered_us += a->end_us - a->start_us;
        for (size_t k = 0; k < i; k++) {
            const struct tariff_band *b = &tariff->bands[k];
            bool is_same = b->day == DAY_ANY || b->day == day;
            if (is_same && a->start_us < b->end_us && b->start_us < a->end_us)
                return fault(reader, "two bands have the same hours on a", name);
        }
    }
    return covered_us == DAY_US ? true : fault(reader, "some hours have no price on a", name);
}

bool tariff_csv_read(struct tariff_config *tariff, struct input_report *report, const char *bytes, size_t length,
                     const char *path)
{
    struct reader reader = {.tariff = tariff, .report = report, .path = path};
    *tariff = (struct tariff_config){.kind = TARIFF_TIME_OF_USE};
    csv_init(&reader.csv, bytes, length, ',');
    if (!read_rows(&reader))
        return false;
    reader.csv.line = 0;
    bool has_weekdays = covers(&reader, DAY_WEEKDAY, "weekday"), has_weekends = covers(&reader, DAY_WEEKEND, "weekend");
    return has_weekdays && has_weekends;
}
