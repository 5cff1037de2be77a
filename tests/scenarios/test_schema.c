/* test_schema.c: the one table is sound, and what is written from it is what is committed.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema.h"
#include "tests/scenarios/reading.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static void check_row(const struct schema_class *class, const struct schema_field *field)
{
    struct quantity low, high;
    if (field->name == NULL || field->help == NULL || field->help[0] == '\0')
        fail_msg("a row of k.%s has no name or no help", class->name);
    if (schema_field(class, field->name) != field)
        fail_msg("k.%s.%s is there twice", class->name, field->name);
    /* A default that is a guess or a measurement says so. */
    if (field->default_text != NULL && field->source == NULL)
        fail_msg("k.%s.%s does not say where its default comes from", class->name, field->name);
    for (size_t i = 0; i < SCHEMA_CHOICES_MAX && field->classes[i] != NULL; i++)
        if (schema_find(field->classes[i]) == NULL)
            fail_msg("k.%s.%s takes k.%s, which is not there", class->name, field->name, field->classes[i]);
    if (field->kind != KIND_QUANTITY)
        return;
    assert_int_equal(quantity_parse(&low, field->min, DIMENSION_BIT(field->stored)), QUANTITY_OK);
    assert_int_equal(quantity_parse(&high, field->max, DIMENSION_BIT(field->stored)), QUANTITY_OK);
    assert_true(low.atoms < high.atoms);
    assert_int_equal(low.atoms % field->atoms, 0);
    assert_int_equal(high.atoms % field->atoms, 0);
}

static void every_row_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_class_count; i++) {
        assert_ptr_equal(schema_find(schema_classes[i].name), &schema_classes[i]);
        for (size_t j = 0; j < schema_classes[i].field_count; j++)
            check_row(&schema_classes[i], &schema_classes[i].fields[j]);
    }
    assert_null(schema_find("nonsense"));
}

/* Constructors that can stand in one place are told apart by their tags. */
static void choices_have_different_tags(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_class_count; i++)
        for (size_t j = 0; j < schema_classes[i].field_count; j++) {
            const struct schema_field *field = &schema_classes[i].fields[j];
            for (size_t a = 0; a < SCHEMA_CHOICES_MAX && field->classes[a] != NULL; a++)
                for (size_t b = 0; b < a; b++) {
                    const struct schema_class *one = schema_find(field->classes[a]),
                                              *two = schema_find(field->classes[b]);
                    assert_true(one->has_tag && two->has_tag);
                    assert_int_not_equal(one->tag, two->tag);
                    assert_int_equal(one->tag_offset, two->tag_offset);
                }
        }
}

static char *read_whole(FILE *file, size_t *size)
{
    char *text = calloc(1, 1 << 20);
    *size = fread(text, 1, (1 << 20) - 1, file);
    return text;
}

static void assert_committed(enum schema_form form, const char *path)
{
    size_t size = 0, written_size = 0;
    char *written = NULL;
    FILE *memory = open_memstream(&written, &written_size);
    schema_write(memory, form);
    fclose(memory);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s is missing", path);
    char *committed = read_whole(file, &size);
    fclose(file);
    if (size != written_size || memcmp(written, committed, size) != 0)
        fail_msg("%s differs from the schema: write it anew with `konsento schema`", path);
    free(written);
    free(committed);
}

static void committed_files_are_those_of_the_schema(void **state)
{
    (void)state;
    assert_committed(SCHEMA_LUALS, KONSENTO_SOURCE "/scenarios/konsento.d.lua");
    assert_committed(SCHEMA_MARKDOWN, KONSENTO_SOURCE "/docs/reference.md");
    assert_committed(SCHEMA_METRICS, KONSENTO_SOURCE "/docs/metrics.md");
}

static void the_editor_file_is_lua(void **state)
{
    (void)state;
    FILE *pipe = popen("luac5.4 -p " KONSENTO_SOURCE "/scenarios/konsento.d.lua 2>&1", "r");
    char told[300] = "";
    size_t size = fread(told, 1, sizeof told - 1, pipe);
    int status = pclose(pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        skip(); /* no such program here */
    if (status != 0 || size > 0)
        fail_msg("%s", told);
}

/* Just enough of JSON to know that it is some: strings closed, brackets paired. */
static void the_json_form_is_balanced_and_complete(void **state)
{
    (void)state;
    size_t size = 0;
    char *text = NULL;
    FILE *memory = open_memstream(&text, &size);
    schema_write(memory, SCHEMA_JSON);
    fclose(memory);
    char open[64];
    size_t depth = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"')
            for (p++; *p != '"'; p++) {
                assert_int_not_equal(*p, '\0');
                p += *p == '\\';
            }
        else if (*p == '{' || *p == '[')
            open[depth++] = *p;
        else if (*p == '}' || *p == ']')
            assert_true(depth > 0 && open[--depth] == (*p == '}' ? '{' : '['));
        assert_true(depth < sizeof open);
    }
    assert_int_equal(depth, 0);
    for (size_t i = 0; i < schema_class_count; i++) {
        char part[100];
        snprintf(part, sizeof part, "{\"class\": \"%s\"", schema_classes[i].name);
        assert_non_null(strstr(text, part));
    }
    free(text);
}

static void the_help_form_names_every_field(void **state)
{
    (void)state;
    size_t size = 0;
    char *text = NULL;
    FILE *memory = open_memstream(&text, &size);
    schema_write(memory, SCHEMA_HELP);
    fclose(memory);
    for (size_t i = 0; i < schema_class_count; i++)
        for (size_t j = 0; j < schema_classes[i].field_count; j++)
            assert_non_null(strstr(text, schema_classes[i].fields[j].name));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(choices_have_different_tags),
        cmocka_unit_test(committed_files_are_those_of_the_schema),
        cmocka_unit_test(the_editor_file_is_lua),
        cmocka_unit_test(the_json_form_is_balanced_and_complete),
        cmocka_unit_test(the_help_form_names_every_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
