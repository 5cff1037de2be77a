/* describe.c: what a results file says about its study.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/describe.h"

#include "analysis/label.h"
#include "analysis/loadfigure.h"
#include "analysis/scoretext.h"
#include "cli/clock.h"
#include "cli/describe_names.h"
#include "cli/judge.h"
#include "cli/unit.h"
#include "cli/version.h"
#include "models/scoreboard.h"

#include <ctype.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXTS_MAX      32
#define PROVENANCE_OWN 4 /* completed scenario, data files, thresholds, scoreboard */

/* A formatted text in the pool. */
__attribute__((format(printf, 2, 3))) static const char *format_text(struct pool *pool, const char *format, ...)
{
    char *text = NULL;
    va_list rest;
    va_start(rest, format);
    int length = vasprintf(&text, format, rest);
    va_end(rest);
    const char *kept = length < 0 ? NULL : pool_text(pool, text);
    if (length < 0)
        pool->failed = true;
    else
        free(text);
    return kept;
}

/* ---- identity --------------------------------------------------------------------------------------------------- */

static const char *hex_text(struct pool *pool, const uint8_t *digest)
{
    char hex[2 * SHA256_DIGEST_SIZE + 1];
    for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return pool_text(pool, hex);
}

static const char *hash_text(struct pool *pool, const char *text)
{
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, strlen(text), (const uint8_t *)text);
    sha256_digest(&hash, sizeof digest, digest);
    return hex_text(pool, digest);
}

/* The completed scenario says everything but what a function does, which may call into any file that was read: then
 * all of their texts count. */
static const char *code_text(struct pool *pool, const struct scenario *scenario)
{
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    if (!scenario_has_callbacks(scenario))
        return "";
    sha256_init(&hash);
    for (size_t i = 0; i < scenario->source_count; i++)
        sha256_update(&hash, strlen(scenario->sources[i].text) + 1, (const uint8_t *)scenario->sources[i].text);
    sha256_digest(&hash, sizeof digest, digest);
    return hex_text(pool, digest);
}

/* One line per data file: SHA-256, two spaces, path, as sha256sum prints it. */
static const char *data_lines(struct pool *pool, const struct request *request, bool with_path)
{
    const char *lines = "";
    size_t count = request->input != NULL ? world_input_file_count(request->input) : 0;
    for (size_t i = 0; i < count && lines != NULL; i++) {
        const char *path;
        uint8_t digest[SHA256_DIGEST_SIZE];
        world_input_file(&path, digest, request->input, i);
        const char *hex = hex_text(pool, digest);
        lines = hex == NULL ? NULL
                            : format_text(pool, "%s%s%s%s\n", lines, hex, with_path ? "  " : "", with_path ? path : "");
    }
    return lines;
}

/* What else changes rows or their shape. */
static const char *option_text(struct pool *pool, const struct request *request)
{
    const struct arguments *arguments = request->arguments;
    return format_text(pool, "tie_fuzz=%" PRIu64 " events=%s trace_reps=%s only=%s%s", request->tie_fuzz,
                       arguments->given[OPTION_EVENTS] ? arguments->text[OPTION_EVENTS] : "",
                       arguments->given[OPTION_TRACE_REPS] ? arguments->text[OPTION_TRACE_REPS] : "",
                       arguments->given[OPTION_ONLY] ? arguments->text[OPTION_ONLY] : "",
                       arguments->given[OPTION_CHAIN] ? " chain" : "");
}

static void add_text(struct results_text *texts, size_t *count, const char *name, const char *text)
{
    texts[(*count)++] = (struct results_text){name, text != NULL ? text : ""};
}

const char *describe_point_hash(struct pool *pool, const struct request *request)
{
    const char *code = code_text(pool, request->scenario), *data = data_lines(pool, request, false);
    const char *all = format_text(pool, "%s\n%s\n%s", request->scenario->completed, code, data);
    return all != NULL ? hash_text(pool, all) : NULL;
}

const char *describe_data_files(struct pool *pool, const struct request *request)
{
    return data_lines(pool, request, true);
}

const char *describe_hash(struct pool *pool, const char *text)
{
    return hash_text(pool, text);
}

const char *describe_identity_hash(struct pool *pool, const struct results_text *parts, size_t count)
{
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    for (size_t i = 0; i < count; i++) {
        sha256_update(&hash, strlen(parts[i].name) + 1, (const uint8_t *)parts[i].name);
        sha256_update(&hash, strlen(parts[i].text) + 1, (const uint8_t *)parts[i].text);
    }
    sha256_digest(&hash, sizeof digest, digest);
    return hex_text(pool, digest);
}

static bool describe_identity(struct description *description, const struct request *request)
{
    struct pool *pool = &description->pool;
    struct results_text *parts = pool_take(pool, TEXTS_MAX, sizeof *parts);
    size_t count = 0;
    char program[VERSION_NAME_BYTES];
    if (parts == NULL)
        return false;
    version_name(program);
    add_text(parts, &count, "scenario", hash_text(pool, request->scenario->completed));
    add_text(parts, &count, "code", code_text(pool, request->scenario));
    add_text(parts, &count, "data", data_lines(pool, request, false));
    add_text(parts, &count, "seed", format_text(pool, "%" PRIu64, request->seed));
    add_text(parts, &count, "program", pool_text(pool, program));
    add_text(parts, &count, "options", option_text(pool, request));
    description->study.identity = describe_identity_hash(pool, parts, count);
    description->study.identity_parts = parts;
    description->study.identity_part_count = count;
    return !pool->failed;
}

/* "Garage, one month" -> "garage-one-month" */
void describe_slug(char text[DESCRIBE_SLUG_BYTES], const char *name)
{
    size_t length = 0;
    for (; *name != '\0' && length < DESCRIBE_SLUG_BYTES - 1; name++) {
        unsigned char c = (unsigned char)*name;
        if (c < 0x80 && isalnum(c))
            text[length++] = (char)tolower(c);
        else if (length > 0 && text[length - 1] != '-')
            text[length++] = '-';
    }
    while (length > 0 && text[length - 1] == '-')
        length--;
    text[length] = '\0';
    if (length == 0)
        snprintf(text, DESCRIBE_SLUG_BYTES, "study");
}

/* ---- shape ------------------------------------------------------------------------------------------------------ */

static void describe_columns(struct description *description, const struct scenario *scenario)
{
    size_t count = scenario_metric_count(scenario);
    struct results_column *columns = pool_take(&description->pool, count, sizeof *columns);
    struct results_relation *relations = pool_take(&description->pool, count, sizeof *relations);
    if (columns == NULL || relations == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct metric_info *info = scenario_metric(scenario, i);
        columns[i] = (struct results_column){info->name, info->unit, info->long_name, info->definition};
        const struct metric_relation relation = metric_relation(info->name);
        relations[i] = (struct results_relation){info->better, relation.part_of, relation.trials, relation.worth};
    }
    description->study.relations = relations;
    description->study.columns = columns;
    description->study.column_count = count;
}

static const char *const *same_value(struct pool *pool, const char *value, size_t count)
{
    const char **values = pool_take(pool, count, sizeof *values);
    for (size_t i = 0; i < count && values != NULL; i++)
        values[i] = value;
    return values;
}

/* The rail or experiment comes first; the scenario's parameters have one value for all. */
static void describe_params(struct description *description, const struct scenario *scenario)
{
    struct pool *pool = &description->pool;
    size_t configs = scenario_arm_count(scenario);
    const char *word = scenario_arm_word(scenario);
    struct results_param *params = pool_take(pool, scenario->param_count + 1, sizeof *params);
    const char **arms = pool_take(pool, configs, sizeof *arms);
    if (params == NULL || arms == NULL)
        return;
    for (size_t i = 0; i < configs; i++)
        arms[i] = scenario_arm_name(scenario, i);
    params[0] = (struct results_param){.name = word, .unit = "", .values = arms};
    for (size_t i = 0; i < scenario->param_count; i++) {
        const struct scenario_param *param = &scenario->params[i];
        bool taken = strcmp(param->name, word) == 0;
        params[i + 1] = (struct results_param){.name = taken ? format_text(pool, "param_%s", word) : param->name,
                                               .unit = "",
                                               .values = same_value(pool, param->value, configs)};
    }
    description->study.params = params;
    description->study.param_count = scenario->param_count + 1;
    description->study.config_count = configs;
}

static void describe_series(struct description *description, const struct world_config *config)
{
    char units[64];
    struct tm start;
    time_t start_s = (time_t)config->start_unix_s;
    if (unit_series_length(config) == 0)
        return;
    gmtime_r(&start_s, &start);
    strftime(units, sizeof units, "seconds since %Y-%m-%d %H:%M:%S", &start);
    description->study.series_name = "load";
    description->study.series_unit = "W";
    description->study.series_length = unit_series_length(config);
    description->study.series_step_s = (double)config->series_step_us * 1e-6;
    description->study.series_time_units = pool_text(&description->pool, units);
}

static void describe_tables(struct description *description, const struct trace *trace)
{
    struct results_table *tables = pool_take(&description->pool, trace->table_count, sizeof *tables);
    if (tables == NULL)
        return;
    for (size_t i = 0; i < trace->table_count; i++) {
        const struct event_table_info *info = &event_tables[trace->tables[i]];
        tables[i] = (struct results_table){info->name, info->columns, info->column_count};
    }
    description->study.tables = tables;
    description->study.table_count = trace->table_count;
}

static void describe_chain(struct description *description, const struct trace *trace)
{
    if (!trace->chain)
        return;
    description->study.blob_name = DESCRIBE_CHAIN;
    description->study.blob_definition =
        "every block of the run, losing branches included, parents before children, as "
        "Bitcoin's blk*.dat files have them: fa bf b5 da, length (4 bytes, "
        "little-endian), block; regtest";
}

/* ---- provenance ------------------------------------------------------------------------------------------------- */

static const char *processor(struct pool *pool)
{
    char line[256];
    const char *model = "unknown";
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            model = format_text(pool, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (file != NULL)
        fclose(file);
    return model;
}

static const char *library_text(struct pool *pool)
{
    struct version_library libraries[VERSION_LIBRARIES];
    const char *text = "";
    version_libraries(libraries);
    for (size_t i = 0; i < VERSION_LIBRARIES && text != NULL; i++)
        text = format_text(pool, "%s%s%s %s", text, i > 0 ? ", " : "", libraries[i].name, libraries[i].running);
    return text;
}

/* What the numbers in event tables stand for: attributes such as codes.session.end = "0 none, 1 complete, ...". */
static void add_codes(struct pool *pool, struct results_text *texts, size_t *count,
                      const struct event_table_info *table)
{
    for (const struct event_codes *codes = table->codes; codes->column != NULL; codes++) {
        const char *text = "";
        for (size_t i = 0; i < codes->count && text != NULL; i++)
            if (codes->names[i] != NULL)
                text = format_text(pool, "%s%s%zu %s", text, text[0] != '\0' ? ", " : "", i, codes->names[i]);
        add_text(texts, count, format_text(pool, "codes.%s.%s", table->name, codes->column), text);
    }
}

/* The power that the service carries; NULL: any. */
static const char *limit_text(struct pool *pool, const struct building_config *building)
{
    if (building->service_limit_ma == CONFIG_SERVICE_UNLIMITED_MA)
        return NULL;
    return format_text(pool, "%" PRId64, building->service_limit_ma * building->outlets.voltage_v / 1000);
}

static void describe_attributes(struct description *description, const struct request *request)
{
    struct pool *pool = &description->pool;
    struct results_text *texts = pool_take(pool, TEXTS_MAX, sizeof *texts);
    size_t count = 0;
    char date[32], host[128] = "unknown";
    if (texts == NULL)
        return;
    clock_date(date, sizeof date);
    gethostname(host, sizeof host - 1);
    char *command = request_command(request, REQUEST_WHOLE);
    pool->failed = pool->failed || command == NULL;
    add_text(texts, &count, DESCRIBE_TITLE, request->scenario->config.name);
    add_text(texts, &count, DESCRIBE_COMMAND, pool_text(pool, command));
    free(command);
    add_text(texts, &count, "scenario", request->path);
    add_text(texts, &count, "scenario_sha256", hash_text(pool, request->scenario->sources[0].text));
    add_text(texts, &count, DESCRIBE_LEVEL, format_text(pool, "%.9g", judge_level(request->scenario)));
    if (!scenario_is_lab(request->scenario)) {
        add_text(texts, &count, LABEL_BASELINE,
                 scenario_arm_name(request->scenario, scenario_baseline(request->scenario)));
        const char *limit = limit_text(pool, &request->scenario->config.building);
        if (limit != NULL)
            add_text(texts, &count, LOADFIGURE_LIMIT, limit);
        add_text(texts, &count, DESCRIBE_YEN, format_text(pool, "%.17g", request->scenario->config.yen_per_btc));
    }
    add_text(texts, &count, "creator", "konsento");
    add_text(texts, &count, "creator_version", version_number());
    add_text(texts, &count, "git_commit", version_commit());
    add_text(texts, &count, "git_dirty", version_changes()[0] != '\0' ? "yes" : "no");
    add_text(texts, &count, "compiler", version_compiler());
    add_text(texts, &count, "build_flags", version_flags());
    add_text(texts, &count, "libraries", library_text(pool));
    add_text(texts, &count, "hostname", pool_text(pool, host));
    add_text(texts, &count, "processor", processor(pool));
    add_text(texts, &count, "started", pool_text(pool, date));
    add_text(texts, &count, "tie_fuzz", format_text(pool, "%" PRIu64, request->tie_fuzz));
    for (size_t i = 0; i < request->trace.table_count; i++)
        add_codes(pool, texts, &count, &event_tables[request->trace.tables[i]]);
    description->study.attributes = texts;
    description->study.attribute_count = count;
}

/* One property a line: TITLE TAB QUESTION, and TAB METRIC for each of its figures. */
static const char *scoreboard_lines(struct pool *pool)
{
    const char *lines = "";
    for (size_t i = 0; i < SCOREBOARD_PROPERTIES && lines != NULL; i++) {
        const struct scoreboard_property *property = &scoreboard[i];
        lines = format_text(pool, "%s%s\t%s", lines, property->title, property->question);
        for (size_t j = 0; j < property->figure_count && lines != NULL; j++)
            lines = format_text(pool, "%s\t%s", lines, metric_table[property->figures[j]].name);
        lines = lines == NULL ? NULL : format_text(pool, "%s\n", lines);
    }
    return lines;
}

static void describe_provenance(struct description *description, const struct request *request)
{
    const struct scenario *scenario = request->scenario;
    struct pool *pool = &description->pool;
    struct results_text *texts = pool_take(pool, scenario->source_count + PROVENANCE_OWN, sizeof *texts);
    size_t count = 0;
    if (texts == NULL)
        return;
    add_text(texts, &count, "scenario.lua", scenario->sources[0].text);
    for (size_t i = 1; i < scenario->source_count; i++)
        add_text(texts, &count, format_text(pool, "include_%zu.lua", i),
                 format_text(pool, "-- %s\n%s", scenario->sources[i].path, scenario->sources[i].text));
    add_text(texts, &count, "completed.lua", scenario->completed);
    add_text(texts, &count, "data_files", data_lines(pool, request, true));
    char *thresholds = judge_store(scenario);
    pool->failed = pool->failed || thresholds == NULL;
    add_text(texts, &count, DESCRIBE_THRESHOLDS, pool_text(pool, thresholds));
    free(thresholds);
    if (!scenario_is_lab(scenario))
        add_text(texts, &count, SCOREBOARD_TEXT, scoreboard_lines(pool));
    description->study.provenance = texts;
    description->study.provenance_count = count;
}

bool describe_study(struct description *description, const struct request *request)
{
    char name[DESCRIBE_SLUG_BYTES];
    memset(description, 0, sizeof *description);
    if (!describe_identity(description, request))
        return false;
    describe_slug(name, request->scenario->config.name);
    description->folder = format_text(&description->pool, "runs/%s-%.8s", name, description->study.identity);
    description->study.seed = request->seed;
    describe_columns(description, request->scenario);
    describe_params(description, request->scenario);
    describe_series(description, &request->scenario->config);
    describe_tables(description, &request->trace);
    describe_chain(description, &request->trace);
    describe_attributes(description, request);
    describe_provenance(description, request);
    return !description->pool.failed;
}

void describe_close(struct description *description)
{
    pool_close(&description->pool);
}
