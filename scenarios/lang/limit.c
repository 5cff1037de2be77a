/* limit.c: thresholds, taken apart and held against the table of metrics.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/check.h"

#include "models/metrics.h"
#include "scenarios/lang/suggest.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define BLANK " \t\r\n"

/* A threshold cut into its words. */
struct words {
    char metric[80], op[4], value[80], condition[80];
    bool has_condition;
};

static const char *take(char *out, size_t size, const char *text, const char *stop)
{
    text += strspn(text, BLANK);
    size_t length = strcspn(text, stop);
    snprintf(out, size, "%.*s", (int)length, text);
    return text + length;
}

static void trim(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr(BLANK, text[length - 1]) != NULL)
        text[--length] = '\0';
}

/* Returns NULL, or what is wrong. */
static const char *cut(struct words *words, const char *text)
{
    const char *rest = take(words->metric, sizeof words->metric, text, " \t\r\n<>=");
    rest += strspn(rest, BLANK);
    size_t length = strspn(rest, "<>=");
    snprintf(words->op, sizeof words->op, "%.*s", length < 4 ? (int)length : 3, rest);
    rest += length;
    const char *where = strstr(rest, " where");
    words->condition[0] = '\0';
    words->has_condition = where != NULL;
    if (where != NULL) {
        where++;
        snprintf(words->condition, sizeof words->condition, "%s", where + 5 + strspn(where + 5, BLANK));
        trim(words->condition);
    }
    rest += strspn(rest, BLANK);
    size_t value = where != NULL ? (size_t)(where - rest) : strlen(rest);
    snprintf(words->value, sizeof words->value, "%.*s", (int)value, rest);
    trim(words->value);
    if (words->metric[0] == '\0' || words->op[0] == '\0' || words->value[0] == '\0')
        return "is not of the form \"metric < value unit\", as in \"energy.delivered_share > 85 %\"";
    return NULL;
}

static bool find_op(enum threshold_op *op, const char *text)
{
    static const char *const texts[] = {
        [THRESHOLD_LT] = "<", [THRESHOLD_LE] = "<=", [THRESHOLD_GT] = ">", [THRESHOLD_GE] = ">="};
    for (int i = 0; i < 4; i++) {
        *op = (enum threshold_op)i;
        if (strcmp(texts[i], text) == 0)
            return true;
    }
    return false;
}

/* A plain number, perhaps followed by exactly the metric's unit. */
static bool plain_limit(double *limit, const char *text, const char *unit)
{
    char *end;
    if (strspn(text, "+-.0123456789") == 0)
        return false;
    *limit = strtod(text, &end);
    end += strspn(end, BLANK);
    return end != text && (*end == '\0' || strcmp(end, unit) == 0) && *limit - *limit == 0;
}

/* Reads the value in the metric's unit. Returns false with the reason. */
static bool read_limit(double *limit, char *why, size_t size, const char *text, const struct metric_info *metric)
{
    struct quantity quantity;
    enum dimension dimension = dimension_find(metric->unit);
    if (plain_limit(limit, text, metric->unit))
        return true;
    if (dimension == DIMENSION_COUNT) {
        snprintf(why, size, "\"%s\" must be a number%s%s", text, metric->unit[0] > '1' ? " in " : "",
                 metric->unit[0] > '1' ? metric->unit : "");
        return false;
    }
    enum quantity_result result = quantity_parse(&quantity, text, DIMENSION_BIT(dimension));
    if (result == QUANTITY_OK) {
        *limit = (double)quantity.atoms / (double)quantity_unit_atoms(metric->unit, dimension);
        return true;
    }
    char reason[300];
    snprintf(why, size, "\"%s\": %s", text,
             quantity_explain(reason, sizeof reason, result, text, DIMENSION_BIT(dimension)));
    return false;
}

/* "rail=cloud" to an index; -1: every arm. Returns false after telling what is wrong. */
static bool find_arm(struct check *check, int32_t *arm, const struct words *words)
{
    const struct scenario *scenario = check->scenario;
    const char *condition = words->condition, *word = scenario_arm_word(scenario);
    struct suggestion suggestion;
    char near[96];
    *arm = -1;
    if (!words->has_condition)
        return true;
    const char *equals = strchr(condition, '=');
    if (strncmp(condition, word, strlen(word)) != 0 || equals == NULL) {
        check_error(check, NULL, "%s: \"where %s\" is not of the form \"where %s=name\"", check->path, condition, word);
        return false;
    }
    const char *wanted = equals + 1 + strspn(equals + 1, BLANK);
    suggest_begin(&suggestion, wanted);
    for (size_t i = 0; i < scenario_arm_count(scenario); i++) {
        const char *name = scenario_arm_name(scenario, i);
        if (name == NULL)
            continue;
        if (strcmp(name, wanted) == 0) {
            *arm = (int32_t)i;
            return true;
        }
        suggest_offer(&suggestion, name);
    }
    check_error(check, NULL, "%s: no %s has the name '%s'%s", check->path, word, wanted,
                suggest_text(near, &suggestion));
    return false;
}

static bool read_metric(struct check *check, size_t *metric, const char *name)
{
    size_t count = scenario_metric_count(check->scenario);
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, name);
    for (*metric = 0; *metric < count; ++*metric) {
        const char *known = scenario_metric(check->scenario, *metric)->name;
        if (strcmp(known, name) == 0)
            return true;
        suggest_offer(&suggestion, known);
    }
    check_error(check, NULL, "%s: unknown metric '%s'%s", check->path, name, suggest_text(near, &suggestion));
    return false;
}

static void check_threshold(struct check *check, const char *text)
{
    struct scenario *scenario = check->scenario;
    struct scenario_threshold threshold = {.text = text};
    struct words words;
    char why[400];
    const char *wrong = cut(&words, text);
    if (wrong != NULL) {
        check_error(check, NULL, "%s \"%s\" %s", check->path, text, wrong);
        return;
    }
    bool good = read_metric(check, &threshold.metric, words.metric);
    if (!find_op(&threshold.op, words.op)) {
        check_error(check, NULL, "%s: '%s' must be one of <, <=, >, >=", check->path, words.op);
        good = false;
    }
    good &= find_arm(check, &threshold.arm, &words);
    if (good &&
        !read_limit(&threshold.limit, why, sizeof why, words.value, scenario_metric(scenario, threshold.metric))) {
        check_error(check, NULL, "%s: %s", check->path, why);
        good = false;
    }
    struct place place = check_place(check, check->path);
    threshold.line = place.line;
    threshold.column = place.column;
    if (good)
        scenario->thresholds[scenario->threshold_count++] = threshold;
}

void check_thresholds(struct check *check)
{
    lua_State *lua = check->lua;
    if (lua_isnil(lua, -1))
        return;
    if (!lua_istable(lua, -1)) {
        check_error(check, "thresholds", "thresholds must be a list of strings, got %s", luaL_typename(lua, -1));
        return;
    }
    snprintf(check->path, sizeof check->path, "thresholds");
    lua_Integer count = check_list_length(check);
    for (lua_Integer i = 1; i <= count; i++) {
        snprintf(check->path, sizeof check->path, "thresholds[%d]", (int)i);
        lua_rawgeti(lua, -1, i);
        if (i > SCENARIO_THRESHOLDS_MAX)
            check_error(check, NULL, "more than %d thresholds", SCENARIO_THRESHOLDS_MAX);
        else if (lua_type(lua, -1) != LUA_TSTRING)
            check_error(check, NULL, "%s must be a string, got %s", check->path, luaL_typename(lua, -1));
        else
            check_threshold(check, reader_text(lua, lua_tostring(lua, -1)));
        lua_pop(lua, 1);
        if (i > SCENARIO_THRESHOLDS_MAX)
            break;
    }
    check->path[0] = '\0';
}
