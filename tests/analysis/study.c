/* study.c: a small study with known values for the tests of the results file.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/analysis/study.h"

#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct results_column columns[] = {
    {"energy.delivered_share", "%", "energy delivered", "energy delivered divided by energy demanded"},
    {"wait.p95", "s", "wait for an outlet", "95 % quantile over sessions"},
    {"money.revenue", "yen", "revenue", NULL},
    {"often.nan", NULL, NULL, NULL},
};
static const char *const rails[] = {"cloud", "onchain0", "lightning \xe9\x9b\xb7"};
static const char *const outlets[] = {"8", "12.5", "1e3"};
static const struct results_param params[] = {{"rail", NULL, rails}, {"outlets", "1", outlets}};
static const struct results_text parts[] = {
    {"scenario", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"seed", "42"},
    {"version", "0.1.0"},
};
static const struct results_text attributes[] = {
    {"title", "Small <study> & \"quotes\""}, {"creator", "konsento"}, {"empty", ""}};
static const struct results_text provenance[] = {
    {"garage.lua", "return k.scenario { }\n"},
    {"lib/base.lua", "-- base\n"},
    {"other/base.lua", "-- another base\n"},
    {"empty.txt", ""},
};
static const char *const session_columns[] = {"plugged_us", "delivered_uj", "paid_msat"};
static const char *const payment_columns[] = {"at_us", "amount_msat"};
static const struct results_table tables[] = {{"session", session_columns, 3}, {"payment", payment_columns, 2}};

const struct results_study study_small = {
    .identity = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .identity_parts = parts,
    .identity_part_count = 3,
    .seed = 42,
    .config_count = STUDY_CONFIGS,
    .columns = columns,
    .column_count = STUDY_COLUMNS,
    .params = params,
    .param_count = 2,
    .attributes = attributes,
    .attribute_count = 3,
    .provenance = provenance,
    .provenance_count = 4,
    .series_name = "load",
    .series_unit = "W",
    .series_length = STUDY_SERIES,
    .series_step_s = 900,
    .series_time_units = "seconds since 2020-01-01 00:00:00",
    .tables = tables,
    .table_count = STUDY_TABLES,
    .blob_name = "notes",
    .blob_definition = "bytes that mean nothing",
};

/* A number in [0, 1) from three integers. */
static double spread(uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t x = (uint64_t)a * 0x9e3779b97f4a7c15u + (uint64_t)b * 0xbf58476d1ce4e5b9u + (c + 1) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return (double)(x >> 11) / 9007199254740992.0;
}

static void fill_tables(struct study_row *made, uint32_t config, uint32_t replication)
{
    for (size_t t = 0; t < STUDY_TABLES; t++) {
        made->tables[t] = made->values[t];
        made->table_counts[t] = (config * 3 + replication + t) % 8;
        size_t width = tables[t].column_count;
        for (size_t i = 0; i < made->table_counts[t] * width; i++) {
            made->values[t][i] = (int64_t)(config * 1000000 + replication * 1000 + i) * (t == 0 ? 1 : -1000000007);
        }
    }
}

/* Too short to get any smaller: stored as they are. Every third replication has none. */
static void fill_blob(struct study_row *made, uint32_t config, uint32_t replication)
{
    made->blob_size = 1 + (config + replication) % STUDY_BLOB;
    for (uint32_t i = 0; i < made->blob_size; i++) {
        made->blob_bytes[i] = (uint8_t)(256 * spread(config, replication, 2000 + i));
    }
    made->blob = (struct blob){made->blob_size, 1, made->blob_size, &made->blob_size, made->blob_bytes};
    made->row.blob = (config + replication) % 3 == 1 ? NULL : &made->blob;
}

void study_fill(struct study_row *made, uint32_t config, uint32_t replication)
{
    memset(made, 0, sizeof *made);
    for (uint32_t i = 0; i < STUDY_COLUMNS; i++) {
        made->metrics[i] = 100 * (config + 1) + spread(config, replication, i);
    }
    if ((config + replication) % 2 == 0) {
        made->metrics[3] = NAN;
    }
    for (uint32_t i = 0; i < STUDY_SERIES; i++) {
        made->series[i] = (float)(1000 * spread(config, replication, 100 + i));
    }
    fill_tables(made, config, replication);
    struct results_row *row = &made->row;
    row->config = config;
    row->replication = replication;
    for (uint32_t i = 0; i < 32; i++) {
        row->digest[i] = (uint8_t)(256 * spread(config, replication, 1000 + i));
    }
    row->events = 1000000ull * replication + config;
    row->ties = replication;
    row->failed = replication % 7 == 3;
    row->end_reason = row->failed ? "audit" : "horizon";
    snprintf(made->failure, sizeof made->failure, "energy of outlet %u off by 1 uJ", replication);
    row->failure = row->failed ? made->failure : "";
    row->cpu_s = 0.25 + replication;
    row->metrics = made->metrics;
    row->series = replication % 5 == 4 ? NULL : made->series;
    row->table_rows = made->tables;
    row->table_row_count = made->table_counts;
    fill_blob(made, config, replication);
}

static void assert_same_double(double a, double b)
{
    assert_true(a == b || (isnan(a) && isnan(b)));
}

static void assert_same_series(const struct results_study *study, const float *a, const float *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a != NULL) {
        assert_memory_equal(a, b, study->series_length * sizeof *a);
    }
}

static void assert_same_blob(const struct blob *a, const struct blob *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a == NULL) {
        return;
    }
    assert_int_equal(a->length, b->length);
    assert_int_equal(a->chunk_count, b->chunk_count);
    assert_int_equal(a->byte_count, b->byte_count);
    assert_memory_equal(a->chunk_sizes, b->chunk_sizes, a->chunk_count * sizeof *a->chunk_sizes);
    assert_memory_equal(a->bytes, b->bytes, a->byte_count);
}

void study_assert_equal(const struct results_study *study, const struct results_row *a, const struct results_row *b)
{
    assert_int_equal(a->config, b->config);
    assert_int_equal(a->replication, b->replication);
    assert_memory_equal(a->digest, b->digest, 32);
    assert_true(a->events == b->events && a->ties == b->ties);
    assert_int_equal(a->deterministic, b->deterministic);
    assert_int_equal(a->failed, b->failed);
    assert_string_equal(a->end_reason, b->end_reason);
    assert_string_equal(a->failure, b->failure);
    assert_same_double(a->cpu_s, b->cpu_s);
    for (size_t i = 0; i < study->column_count; i++) {
        assert_same_double(a->metrics[i], b->metrics[i]);
    }
    assert_same_series(study, a->series, b->series);
    assert_same_blob(a->blob, b->blob);
    for (size_t i = 0; i < study->table_count; i++) {
        assert_int_equal(a->table_row_count[i], b->table_row_count[i]);
        if (a->table_row_count[i] > 0) {
            assert_memory_equal(a->table_rows[i], b->table_rows[i],
                                a->table_row_count[i] * study->tables[i].column_count * sizeof(int64_t));
        }
    }
}

void study_assert_row(const struct results_row *row)
{
    struct study_row made;
    study_fill(&made, row->config, row->replication);
    study_assert_equal(&study_small, &made.row, row);
}

void study_folder(char path[64])
{
    snprintf(path, 64, "study.XXXXXX");
    assert_non_null(mkdtemp(path));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void study_remove(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *study_path(char buffer[256], const char *path, const char *name)
{
    snprintf(buffer, 256, "%s/%s", path, name);
    return buffer;
}

int study_exists(const char *path, const char *name)
{
    char buffer[256];
    return access(study_path(buffer, path, name), F_OK) == 0;
}
