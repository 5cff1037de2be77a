/* test_figures.c: figures as CSV, scripts and pictures; what a session is drawn from; parts of a whole.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/codes.h"
#include "analysis/gallery.h"
#include "analysis/gnuplot.h"
#include "analysis/parts.h"
#include "analysis/plot.h"
#include "analysis/steps.h"
#include "analysis/studyfigures.h"
#include "analysis/svgtext.h"
#include "tests/analysis/study.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char *written(void (*write)(FILE *, const struct figure *), const struct figure *figure)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    write(out, figure);
    fclose(out);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is missing in %.2000s", part, text);
}

static const double hours[] = {0, 1, 10}, mean[] = {1, NAN, 3}, lo[] = {0.5, NAN, 2}, hi[] = {2, NAN, 4};
static const struct figure_line lines[] = {{"a, `rm -rf x`", mean, lo, hi}, {"b's", hi, NULL, NULL}};
static const struct figure two = {.kind = FIGURE_LINES_LOG,
                                  .name = "two",
                                  .title = "Two \"lines\"",
                                  .x_title = "time [h]",
                                  .y_title = "load [W]",
                                  .x = hours,
                                  .x_end = 10,
                                  .point_count = 3,
                                  .lines = lines,
                                  .line_count = 2,
                                  .has_limit = true,
                                  .limit = 3.5,
                                  .limit_label = "limit"};

static void csv_has_a_head_and_gaps(void **state)
{
    (void)state;
    char *csv = written(plot_csv, &two);
    assert_string_equal(csv, "time [h],a; _rm -rf x_,a; _rm -rf x_ lo,a; _rm -rf x_ hi,b_s\n"
                             "0,1,0.5,2,2\n1,,,,\n10,3,2,4,4\n");
    free(csv);
}

/* gnuplot runs what stands in back quotes: no label may bring one in. */
static void a_script_runs_nothing_of_a_label(void **state)
{
    (void)state;
    char *script = written(plot_script, &two);
    assert_null(strchr(script, '`'));
    assert_null(strstr(script, "b's"));
    assert_has(script, "set output 'two.svg'");
    assert_has(script, "set logscale y");
    assert_has(script, "'two.csv' skip 1 using 1:3:4 with filledcurves");
    assert_has(script, "'two.csv' skip 1 using 1:5 with lines");
    assert_has(script, "3.5 with lines linewidth 1");
    free(script);
}

static bool has_gnuplot(void)
{
    char *text = gnuplot_run("gnuplot", "print 1\n", 8);
    free(text);
    return text != NULL;
}

static void pictures_of_gnuplot_fit_into_a_page(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    struct gallery gallery = {.count = 0};
    unsetenv("KONSENTO_GNUPLOT");
    gallery_add(&gallery, &two);
    gallery_add(&gallery, &two);
    gallery_draw(&gallery);
    assert_true(gallery.is_drawn);
    for (size_t i = 0; i < gallery.count; i++) {
        const char *picture = gallery.figures[i].picture;
        assert_has(picture, "<figcaption>Two &quot;lines&quot;</figcaption>");
        assert_has(picture, "<svg viewBox=\"0 0 480 320\" role=\"img\"");
        assert_has(picture, ">time [h]</text>");
        assert_has(picture, "currentColor");
        static const char *const never[] = {" id=",   "xmlns", "<defs", "href",
                                            "<title", "black", "<?xml", "font-family"};
        for (size_t j = 0; j < sizeof never / sizeof never[0]; j++)
            if (strstr(picture, never[j]) != NULL)
                fail_msg("%s is in %s", never[j], picture);
        int depth = 0;
        for (const char *at = picture; (at = strchr(at, '<')) != NULL; at++) {
            depth += strncmp(at, "<g", 2) == 0 && (at[2] == ' ' || at[2] == '>');
            depth -= strncmp(at, "</g>", 4) == 0;
        }
        assert_int_equal(depth, 0);
    }
    gallery_close(&gallery);
}

static void without_gnuplot_lines_are_drawn_all_the_same(void **state)
{
    (void)state;
    struct gallery gallery = {.count = 0};
    setenv("KONSENTO_GNUPLOT", "none", 1);
    gallery_add(&gallery, &two);
    gallery_draw(&gallery);
    assert_false(gallery.is_drawn);
    assert_has(gallery.figures[0].picture, "<path class=\"s0\"");
    assert_has(gallery.figures[0].picture, "<path class=\"limit\"");
    gallery_close(&gallery);
    setenv("KONSENTO_GNUPLOT", "no-such-program-anywhere", 1);
    gallery_add(&gallery, &two);
    gallery_draw(&gallery);
    assert_false(gallery.is_drawn);
    gallery_close(&gallery);
    unsetenv("KONSENTO_GNUPLOT");
}

static void a_program_that_fails_gives_nothing(void **state)
{
    (void)state;
    assert_null(gnuplot_run("false", "x", 1));
    char *echo = gnuplot_run("cat", "x", 1); /* cat reads "-": its standard input */
    assert_string_equal(echo, "x");
    free(echo);
}

static void half_a_picture_is_none(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    static const char *const broken[] = {"", "<svg", "<svg viewBox=\"0 0 1 1\">", "words", "</svg>"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_null(svgtext_write(out, broken[i], "t"));
    fflush(out);
    assert_int_equal(size, 0);
    const char *odd = "<svg viewBox='0 0 1 1'><g><g></g><path d='M0  0'/></g></g><g><text>x</text></svg>rest";
    assert_string_equal(svgtext_write(out, odd, "<t>"), "rest");
    fclose(out);
    assert_string_equal(text, "<svg viewBox=\"0 0 1 1\" role=\"img\" aria-label=\"&lt;t&gt;\">\n"
                              "<g><path d=\"M0 0\"/></g>\n</g>\n<g><text>x</text></svg>\n");
    free(text);
}

/* ---- of a study ------------------------------------------------------------------------------------------------ */

enum { FEES, FEE_OPEN, FEE_CLOSE, COLUMNS };
static const struct results_column columns[COLUMNS] = {
    {"fee.total", "yen", "fees", NULL}, {"fee.open", "yen", "open", NULL}, {"fee.close", "yen", "close", NULL}};
static const struct results_relation relations[COLUMNS] = {
    {-1, NULL, NULL, NULL}, {-1, "fee.total", NULL, NULL}, {-1, "fee.total", NULL, NULL}};
static const char *const rails[] = {"card", "lightning"};
static const struct results_param param = {"rail", NULL, rails};
static const char *const session_columns[] = {"session",   "plugged_us", "powered_us", "departure_us",
                                              "demand_uj", "metered_uj", "paid_msat",  "end"};
static const char *const payment_columns[] = {"session", "payment", "at_us",      "asked_us",
                                              "kind",    "cause",   "amount_msat"};
static const struct results_table tables[] = {{"session", session_columns, 8}, {"payment", payment_columns, 7}};
static const struct results_text attributes[] = {{"codes.session.end", "0 none, 1 complete"},
                                                 {"codes.payment.kind", "0 credited, 1 final, 2 failed"},
                                                 {"codes.payment.cause", "0 none, 1 no_route"}};
static const struct results_study study = {.identity = "x",
                                           .config_count = 2,
                                           .columns = columns,
                                           .column_count = COLUMNS,
                                           .relations = relations,
                                           .params = &param,
                                           .param_count = 1,
                                           .attributes = attributes,
                                           .attribute_count = 3,
                                           .tables = tables,
                                           .table_count = 2};

static struct results_dir *make(char path[64])
{
    static const int64_t sessions[] = {7, 1000000, 4000000, 9000000, 3600000000000, 1800000000000, 500000, 1};
    static const int64_t payments[] = {7, 0, 2000000, 1000000, 2, 1, 0,      /* failed: no_route */
                                       7, 1, 3000000, 2500000, 0, 0, 500000, /* credited */
                                       8, 0, 3000000, 2500000, 0, 0, 500000};
    static const int64_t *const rows[] = {sessions, payments};
    static const size_t counts[] = {1, 3};
    static const double metrics[2][COLUMNS] = {{10, 0, 10}, {30, 20, 10}};
    struct results_dir *dir;
    struct results_error error;
    study_folder(path);
    assert_int_equal(results_dir_open(&dir, &error, path, &study), RESULTS_OK);
    for (uint32_t config = 0; config < 2; config++) {
        const struct results_row row = {.config = config,
                                        .end_reason = "horizon",
                                        .failure = "",
                                        .metrics = metrics[config],
                                        .table_rows = rows,
                                        .table_row_count = counts};
        assert_int_equal(results_dir_hold(dir, &error, &row, 1), RESULTS_OK);
    }
    return dir;
}

static void parts_come_the_largest_first(void **state)
{
    (void)state;
    char path[64];
    struct results_dir *dir = make(path);
    const struct results *results = results_dir_results(dir);
    struct part parts[PARTS_MAX];
    size_t wholes[PARTS_MAX];
    assert_int_equal(parts_wholes(wholes, results), 1);
    assert_int_equal(wholes[0], FEES);
    assert_int_equal(parts_list(parts, results, 0, FEES), 1); /* what is 0 is left out */
    assert_int_equal(parts_list(parts, results, 1, FEES), 2);
    assert_int_equal(parts[0].column, FEE_OPEN);
    struct gallery gallery = {.count = 0};
    assert_true(studyfigures_add(&gallery, results));
    assert_int_equal(gallery.count, 1);
    assert_string_equal(gallery.figures[0].name, "parts-fee-total");
    assert_string_equal(gallery.figures[0].csv, "rail,open,close\ncard,0,10\nlightning,20,10\n");
    struct results_error error;
    char folder[256];
    assert_int_equal(gallery_export(&gallery, &error, study_path(folder, path, "figures")), RESULTS_OK);
    assert_true(study_exists(path, "figures/parts-fee-total.csv") && study_exists(path, "figures/parts-fee-total.gp"));
    assert_int_equal(gallery_export(&gallery, &error, "no/such/place"), RESULTS_IO);
    gallery_close(&gallery);
    results_dir_close(dir);
    study_remove(path);
}

/* Two rails at three sizes that come in no order: one grows with them, the other does not care. */
static void a_sweep_has_curves_in_the_order_of_size(void **state)
{
    (void)state;
    static const char *const both[] = {"a", "b", "a", "b", "a", "b"}, *const sizes[] = {"10", "10", "2",
                                                                                        "2",  "30", "30"};
    static const double values[] = {2, 5, 1, 5, 3, 5};
    const struct results_param params[] = {{"rail", NULL, both}, {"size", "m", sizes}};
    const struct results_column column = {"wait", "s", "wait", NULL};
    const struct results_text board = {"scoreboard", "speed\thow fast?\twait\n"};
    struct results_study sweep = {.identity = "x", .config_count = 6, .columns = &column, .column_count = 1};
    sweep.params = params;
    sweep.param_count = 2;
    sweep.provenance = &board;
    sweep.provenance_count = 1;
    char path[64];
    struct results_dir *dir;
    struct results_error error;
    study_folder(path);
    assert_int_equal(results_dir_open(&dir, &error, path, &sweep), RESULTS_OK);
    for (uint32_t config = 0; config < 6; config++) {
        const struct results_row row = {.config = config,
                                        .deterministic = true,
                                        .end_reason = "horizon",
                                        .failure = "",
                                        .metrics = &values[config]};
        assert_int_equal(results_dir_hold(dir, &error, &row, 1), RESULTS_OK);
    }
    struct gallery gallery = {.count = 0};
    assert_true(studyfigures_add(&gallery, results_dir_results(dir)));
    assert_int_equal(gallery.count, 2);
    assert_string_equal(gallery.figures[0].name, "sweep-1-1");
    assert_string_equal(gallery.figures[0].csv, "size [m],a,a lo,a hi,b,b lo,b hi\n"
                                                "2,1,1,1,5,5,5\n10,2,2,2,5,5,5\n30,3,3,3,5,5,5\n");
    assert_string_equal(gallery.figures[1].csv, "parameter,a,b\nsize,100,0\n");
    assert_has(gallery.figures[1].script, "histogram clustered");
    gallery_close(&gallery);
    results_dir_close(dir);
    study_remove(path);
}

static void a_session_is_told_in_the_order_of_time(void **state)
{
    (void)state;
    char path[64];
    struct results_dir *dir = make(path);
    const struct results *results = results_dir_results(dir);
    int64_t session;
    uint32_t replication;
    struct steps steps;
    assert_true(steps_pick(&session, &replication, results));
    assert_int_equal(session, 7);
    assert_true(steps_read(&steps, results, 1, replication, session));
    static const char *const texts[] = {"plugged in, wants 1 kWh",
                                        "payment 1 sent",
                                        "failed: no_route",
                                        "payment 2 sent",
                                        "credited 500 sat",
                                        "power on",
                                        "leaves: complete, 0.5 kWh, 500 sat paid"};
    /* plug-in and the first payment are of one moment: the session's steps come first */
    assert_int_equal(steps.count, 7);
    for (size_t i = 0; i < steps.count; i++)
        assert_string_equal(steps.list[i].text, texts[i]);
    assert_false(steps_read(&steps, results, 1, replication, 99));
    results_dir_close(dir);
    study_remove(path);
}

static void codes_have_the_names_of_the_study(void **state)
{
    (void)state;
    char path[64], name[CODES_NAME_BYTES];
    struct results_dir *dir = make(path);
    const struct results *results = results_dir_results(dir);
    assert_string_equal(codes_name(name, results, "payment", "kind", 2), "failed");
    assert_string_equal(codes_name(name, results, "payment", "kind", 3), "");
    assert_string_equal(codes_name(name, results, "session", "kind", 0), "");
    assert_int_equal(codes_table(results, "payment"), 1);
    assert_int_equal(codes_table(results, "pay"), 2);
    results_dir_close(dir);
    study_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_has_a_head_and_gaps),
        cmocka_unit_test(a_script_runs_nothing_of_a_label),
        cmocka_unit_test(pictures_of_gnuplot_fit_into_a_page),
        cmocka_unit_test(without_gnuplot_lines_are_drawn_all_the_same),
        cmocka_unit_test(a_program_that_fails_gives_nothing),
        cmocka_unit_test(half_a_picture_is_none),
        cmocka_unit_test(parts_come_the_largest_first),
        cmocka_unit_test(a_sweep_has_curves_in_the_order_of_size),
        cmocka_unit_test(a_session_is_told_in_the_order_of_time),
        cmocka_unit_test(codes_have_the_names_of_the_study),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
