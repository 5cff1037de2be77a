/* test_link.c: links: delays against formulas, order, loss, breaks, machines that go, all of it counted.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/line.h"
#include "tests/models/near.h"

#include "models/network/link_way.h"

#include <stdlib.h>

static const struct coverage_config always = {0};

/* ---- classes --------------------------------------------------------------------------------------------------- */

static int compare_us(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double lognormal_share(const struct link_class *class, double delay_us)
{
    double above = delay_us - (double)class->floor_us;
    if (above <= 0)
        return 0;
    double z = log(above / (double)(class->median_us - class->floor_us)) / ((double)class->sigma_ppm / 1e6);
    return 0.5 * erfc(-z / sqrt(2));
}

static double table_share(const struct link_class *class, double delay_us)
{
    const struct link_quantile *q = class->quantiles;
    for (uint32_t i = 1; i < class->quantile_count; i++) {
        if (delay_us <= (double)q[i].delay_us)
            return ((double)q[i - 1].share_ppm + (delay_us - (double)q[i - 1].delay_us) /
                                                     (double)(q[i].delay_us - q[i - 1].delay_us) *
                                                     (double)(q[i].share_ppm - q[i - 1].share_ppm)) /
                   1e6;
    }
    return 1;
}

/* Kolmogorov and Smirnov at one in a thousand; the mean within four standard errors. */
static void check_class(const struct link_class *class)
{
    enum { N = 20000 };
    int64_t *delays = malloc(N * sizeof delays[0]);
    assert_non_null(delays);
    struct way way = {.class = class};
    stream_open(&way.stream, 1, 0, "test.link", 0);
    double sum = 0, squares = 0, worst = 0;
    struct link_class lossless = *class;
    lossless.loss_ppm = 0;
    way.class = &lossless;
    for (int i = 0; i < N; i++) {
        delays[i] = way_draw_us(&way, 1, INT64_MAX - 1);
        sum += (double)delays[i];
        squares += (double)delays[i] * (double)delays[i];
    }
    double mean = sum / N, deviation = sqrt(fmax(squares / N - mean * mean, 0));
    near(mean, (double)link_class_mean_us(class), 4 * deviation / sqrt(N) + 1);
    qsort(delays, N, sizeof delays[0], compare_us);
    for (int i = 0; i < N && class->delay != LINK_DELAY_CONSTANT; i++) {
        double x = (double)delays[i];
        double share = class->delay == LINK_DELAY_TABLE ? table_share(class, x) : lognormal_share(class, x);
        worst = fmax(worst, fabs(share - (i + 0.5) / N));
    }
    within(worst, 0, 1.95 / sqrt(N) + 1.0 / (double)link_class_mean_us(class));
    free(delays);
}

static void delays_follow_their_distributions(void **state)
{
    (void)state;
    for (enum link_kind kind = 0; kind < LINK_KINDS; kind++) {
        const struct link_class *class = link_class_get(kind);
        assert_string_equal(link_class_check(class), "");
        assert_int_equal(link_class_find(class->name), kind);
        if (kind != LINK_DIRECT)
            check_class(class);
    }
    assert_int_equal(link_class_find("carrier pigeon"), LINK_KINDS);
}

static void published_means_are_kept(void **state)
{
    (void)state;
    near((double)link_class_mean_us(link_class_get(LINK_FIBRE)), 13600, 100);
    near((double)link_class_mean_us(link_class_get(LINK_LTE)), 23600, 100);
    near((double)link_class_mean_us(link_class_get(LINK_NB_IOT)), 837000, 1000);
    near((double)link_class_mean_us(link_class_get(LINK_DIRECT)), 0, 0);
}

static void classes_without_sense_are_refused(void **state)
{
    (void)state;
    struct link_class class = line_class(10);
    assert_string_equal(link_class_check(&class), "");
    class.packet_bytes = 0;
    assert_string_not_equal(link_class_check(&class), "");
    class = line_class(-1);
    assert_string_not_equal(link_class_check(&class), "");
    class = line_class(10);
    class.loss_ppm = 1000001;
    assert_string_not_equal(link_class_check(&class), "");
    class.loss_ppm = 0;
    class.delay = LINK_DELAY_TABLE;
    assert_string_not_equal(link_class_check(&class), "");
    class.quantiles[1] = (struct link_quantile){1000000, 5};
    class.quantile_count = 2;
    assert_string_equal(link_class_check(&class), "");
    class.quantiles[0].delay_us = 6;
    assert_string_not_equal(link_class_check(&class), "");
}

/* ---- connections ----------------------------------------------------------------------------------------------- */

static void a_connection_takes_a_round_trip_and_a_half(void **state)
{
    (void)state;
    struct line line;
    struct link_class class = line_class(20000);
    line_init(&line, &class);
    line_open(&line, 1, &always);
    line_run(&line, SECOND);
    assert_int_equal(line.ends[0].ups, 0); /* nobody wants it */
    link_want(&line.links, line.link, true);
    line_run(&line, 2 * SECOND);
    assert_int_equal(line.ends[0].up_us, SECOND + 40000);
    assert_int_equal(line.ends[1].up_us, SECOND + 60000);
    assert_true(line_send(&line, 0, 4));
    assert_true(line_send(&line, 1, 4));
    line_run(&line, 3 * SECOND);
    assert_int_equal(line.ends[0].seen[0].at_us, 2 * SECOND + 20000);
    assert_int_equal(line.ends[1].seen[0].at_us, 2 * SECOND + 20000);
    line_close(&line);
}

static void bytes_take_their_time_at_the_rate(void **state)
{
    (void)state;
    struct line line;
    struct link_class class = line_class(1000);
    class.rate_bit_per_s = 8000000; /* a byte a microsecond */
    class.header_bytes = 50;
    line_init(&line, &class);
    line_open(&line, 1, &always);
    link_want(&line.links, line.link, true);
    line_run(&line, SECOND);
    assert_true(line_send(&line, 0, 2500)); /* three packets */
    assert_true(line_send(&line, 0, 100));
    line_run(&line, 2 * SECOND);
    assert_int_equal(line.ends[1].seen[0].at_us, SECOND + 2650 + 1000);
    assert_int_equal(line.ends[1].seen[1].at_us, SECOND + 2650 + 150 + 1000);
    assert_int_equal(link_usual_us(&line.links, line.link, 2500), 3650);
    line_close(&line);
}

static void a_full_queue_refuses(void **state)
{
    (void)state;
    struct line line;
    struct link_class class = line_class(1000);
    class.rate_bit_per_s = 1000;
    line_init(&line, &class);
    line_open(&line, 1, &always);
    assert_false(line_send(&line, 0, 4)); /* down */
    link_want(&line.links, line.link, true);
    line_run(&line, SECOND);
    uint32_t taken = 0;
    while (line_send(&line, 0, 4096))
        taken++;
    assert_int_equal(taken, LINK_QUEUE_MAX / 4096);
    line_close(&line);
}

/* Lost packets come a timeout later, which doubles; what is behind them waits. */
static void lost_packets_delay_and_do_not_reorder(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct line line;
    struct link_class class = line_class(10000);
    class.loss_ppm = 100000;
    line_init(&line, &class);
    line_open(&line, 5, &always);
    link_want(&line.links, line.link, true);
    line_run(&line, 100 * SECOND);
    uint32_t late = 0;
    for (int i = 0; i < N; i++) {
        int64_t sent_us = sim_now_us(line.sim);
        assert_true(line_send(&line, 0, 100));
        line_run(&line, sent_us + 29 * SECOND); /* alone on the line */
        assert_int_equal(line.ends[1].count, i + 1);
        int64_t took_us = line.ends[1].seen[i].at_us - sent_us;
        int64_t extra_us = took_us - 10000;
        assert_true(extra_us == 0 || (extra_us % 200000 == 0 && extra_us >= 200000));
        late += extra_us > 0;
    }
    near_share(late, N, 0.1);
    struct link_tally tally;
    link_tally(&tally, &line.links, line.link);
    assert_int_equal(tally.delivered, N);
    near_share((double)tally.packets_lost, (double)(tally.packets + tally.packets_lost), 0.1);
    for (int i = 0; i < N; i++) /* and all at once */
        assert_true(line_send(&line, 1, 100));
    line_run(&line, sim_now_us(line.sim) + 200 * SECOND);
    assert_int_equal(line.ends[0].count, N);
    line_close(&line);
}

static void what_never_comes_ends_the_connection(void **state)
{
    (void)state;
    struct line line;
    struct link_class class = line_class(10000);
    line_init(&line, &class);
    line_open(&line, 5, &always);
    link_want(&line.links, line.link, true);
    line_run(&line, SECOND);
    line.class.loss_ppm = 1000000;
    assert_true(line_send(&line, 0, 100));
    assert_true(line_send(&line, 0, 100));
    assert_true(line_send(&line, 1, 100));
    line_run(&line, 32 * SECOND);
    assert_int_equal(line.ends[0].downs, 1);
    assert_int_equal(line.ends[1].downs, 1);
    assert_int_equal(line.ends[0].down_us, 31 * SECOND);
    line.class.loss_ppm = 0;
    line_run(&line, 100 * SECOND);
    assert_int_equal(line.ends[0].ups, 2);
    assert_int_equal(line.ends[1].ups, 2);
    struct link_tally tally;
    link_tally(&tally, &line.links, line.link);
    assert_int_equal(tally.lost, 3);
    assert_int_equal(tally.under_way, 0);
    line_close(&line);
}

/* ---- breaks ---------------------------------------------------------------------------------------------------- */

static void a_short_break_only_delays(void **state)
{
    (void)state;
    struct line line;
    struct link_class class = line_class(10000);
    struct coverage_gap gap = {.at_us = 10 * SECOND, .duration_us = 5 * SECOND};
    line_init(&line, &class);
    line_open(&line, 1, &(struct coverage_config){.gaps = &gap, .gap_count = 1});
    link_want(&line.links, line.link, true);
    line_run(&line, 10 * SECOND - 5000);
    assert_true(line_send(&line, 0, 10)); /* on the way when it breaks */
    line_run(&line, 12 * SECOND);
    assert_true(line_send(&line, 0, 10)); /* sent into the break */
    line_run(&line, 60 * SECOND);
    assert_int_equal(line.ends[1].count, 2);
    /* Timeouts of 0.2, 0.4, ... s from 9.995 s: the first that finds the link back is that at 16.195 s. */
    assert_int_equal(line.ends[1].seen[0].at_us, 10 * SECOND - 5000 + 6200000 + 10000);
    assert_int_equal(line.ends[0].downs + line.ends[1].downs, 0);
    assert_int_equal(coverage_gone_us(&line.coverages, line.coverage), 5 * SECOND);
    line_close(&line);
}

static void a_long_break_is_told_to_both_and_dialled_over(void **state)
{
    (void)state;
    struct line line;
    struct link_class class = line_class(10000);
    struct coverage_gap gap = {.at_us = 10 * SECOND, .duration_us = 100 * SECOND};
    line_init(&line, &class);
    line.config.patience_us[1] = 60 * SECOND;
    line.config.pause_most_us = 20 * SECOND;
    line_open(&line, 1, &(struct coverage_config){.gaps = &gap, .gap_count = 1});
    link_want(&line.links, line.link, true);
    line_run(&line, 11 * SECOND);
    assert_true(line_send(&line, 0, 10));
    assert_true(line_send(&line, 1, 10));
    line_run(&line, 300 * SECOND);
    assert_int_equal(line.ends[0].down_us, 40 * SECOND);
    assert_int_equal(line.ends[1].down_us, 70 * SECOND);
    assert_int_equal(line.ends[0].ups, 2);
    assert_int_equal(line.ends[1].ups, 2);
    within((double)line.ends[0].up_us, 110e6, 141e6);
    struct link_tally tally;
    link_tally(&tally, &line.links, line.link);
    assert_int_equal(tally.lost, 2);
    assert_true(tally.dials > 3);
    line_close(&line);
}

static void pauses_double_up_to_the_most(void **state)
{
    (void)state;
    struct line line;
    struct link_class class = line_class(0);
    line_init(&line, &class);
    line.config.dial_timeout_us = SECOND;
    line_open(&line, 1, &always);
    link_present(&line.links, line.link, LINK_ANSWERER, false);
    link_want(&line.links, line.link, true);
    line_run(&line, 3600 * SECOND);
    struct link_tally tally;
    link_tally(&tally, &line.links, line.link);
    /* 1, 2, 4 ... 256, 300, 300: each times a half to one, a second each attempt. */
    within((double)tally.dials, 9 + (3600 - 520) / 301.0, 9 + (3600 - 260) / 151.0);
    link_present(&line.links, line.link, LINK_ANSWERER, true);
    line_run(&line, 4000 * SECOND);
    assert_int_equal(line.ends[1].ups, 1);
    line_close(&line);
}

/* ---- ends that go ---------------------------------------------------------------------------------------------- */

static void closing_delivers_what_was_sent(void **state)
{
    (void)state;
    for (uint32_t end = 0; end < 2; end++) {
        struct line line;
        struct link_class class = line_class(10000);
        line_init(&line, &class);
        line_open(&line, 1, &always);
        link_want(&line.links, line.link, true);
        line_run(&line, SECOND);
        assert_true(line_send(&line, 1 - end, 10)); /* comes too late */
        assert_true(line_send(&line, end, 10));
        line.ports[end].ops->close(line.ports[end].self);
        assert_false(line_send(&line, end, 10));
        link_want(&line.links, line.link, false);
        line_run(&line, 10 * SECOND);
        assert_int_equal(line.ends[1 - end].count, 1);
        assert_int_equal(line.ends[1 - end].downs, 1);
        assert_int_equal(line.ends[1 - end].down_us, SECOND + 10000);
        assert_int_equal(line.ends[end].downs, 0);
        assert_int_equal(line.ends[end].count, 0);
        line_close(&line);
    }
}

static void a_machine_that_goes_silently_is_noticed(void **state)
{
    (void)state;
    for (uint32_t end = 0; end < 2; end++) {
        struct line line;
        struct link_class class = line_class(10000);
        line_init(&line, &class);
        line_open(&line, 1, &always);
        link_want(&line.links, line.link, true);
        line_run(&line, SECOND);
        assert_true(line_send(&line, end, 10)); /* has left: it comes */
        link_present(&line.links, line.link, end, false);
        assert_false(line_send(&line, end, 10));
        assert_true(line_send(&line, 1 - end, 10));
        line_run(&line, 100 * SECOND);
        assert_int_equal(line.ends[1 - end].count, 1);
        assert_int_equal(line.ends[1 - end].down_us, 31 * SECOND);
        assert_int_equal(line.ends[end].downs, 0); /* it has no ears */
        link_present(&line.links, line.link, end, true);
        line_run(&line, 400 * SECOND);
        assert_int_equal(line.ends[0].ups, 2);
        assert_int_equal(line.ends[1].ups, 2);
        line_close(&line);
    }
}

static void a_machine_that_is_soon_back_refuses_the_old_connection(void **state)
{
    (void)state;
    for (uint32_t end = 0; end < 2; end++) {
        struct line line;
        struct link_class class = line_class(10000);
        line_init(&line, &class);
        line_open(&line, 1, &always);
        link_want(&line.links, line.link, true);
        line_run(&line, SECOND);
        link_present(&line.links, line.link, end, false);
        line_run(&line, 2 * SECOND);
        link_present(&line.links, line.link, end, true);
        line_run(&line, 10 * SECOND);
        assert_int_equal(line.ends[1 - end].downs, 1);
        within((double)line.ends[1 - end].down_us, 2e6, 2.3e6);
        assert_int_equal(line.ends[0].ups, 2);
        assert_int_equal(line.ends[1].ups, 2);
        line_close(&line);
    }
}

/* ---- all of it at once ----------------------------------------------------------------------------------------- */

struct chaos {
    struct line *line;
    struct sim_stream stream;
    uint16_t kind;
    bool is_over;
};

static void on_chaos(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct chaos *chaos = object;
    struct line *line = chaos->line;
    (void)argument;
    if (chaos->is_over)
        return;
    double dice = stream_uniform(&chaos->stream);
    uint32_t end = stream_uniform(&chaos->stream) < 0.5 ? 0 : 1;
    if (dice < 0.90)
        line_send(line, end, 4 + (size_t)(dice * 2000));
    else if (dice < 0.92)
        line->ports[end].ops->close(line->ports[end].self);
    else if (dice < 0.94)
        link_present(&line->links, line->link, end, false);
    else
        link_present(&line->links, line->link, end, true);
    sim_schedule(sim, sim_now_us(sim) + 1 + (int64_t)stream_exponential(&chaos->stream, 500000), SIM_MODEL,
                 &(struct sim_action){.kind = chaos->kind, .entity = entity, .object = chaos});
}

/* Everything that can happen, at random; both ends know the truth when it is quiet again. */
static uint64_t run_chaos(uint64_t seed)
{
    struct line line;
    struct chaos chaos = {.line = &line};
    line_init(&line, link_class_get(seed % 2 == 0 ? LINK_LTE : LINK_WIFI));
    line.class.loss_ppm = 20000;
    line.config.patience_us[0] = 5 * SECOND;
    line.config.pause_most_us = 4 * SECOND;
    line_open(&line, seed, &(struct coverage_config){.mean_there_us = 30 * SECOND, .mean_gone_us = 6 * SECOND});
    sim_stream_open(&chaos.stream, line.sim, "test.chaos", 0);
    chaos.kind = sim_kind_add(line.sim, "chaos", on_chaos);
    link_want(&line.links, line.link, true);
    sim_schedule(line.sim, 0, SIM_MODEL, &(struct sim_action){.kind = chaos.kind, .object = &chaos});
    line_run(&line, 1500 * SECOND);
    chaos.is_over = true;
    for (uint32_t end = 0; end < 2; end++)
        link_present(&line.links, line.link, end, true);
    int tries = 0;
    do
        line_run(&line, sim_now_us(line.sim) + 10 * SECOND);
    while (tries++ < 100 &&
           !(link_is_up(&line.links, line.link, LINK_DIALLER) && link_is_up(&line.links, line.link, LINK_ANSWERER)));
    assert_true(tries < 100);
    uint32_t heard = line.ends[1].count;
    assert_true(line_send(&line, 0, 4));
    line_run(&line, sim_now_us(line.sim) + 100 * SECOND);
    assert_true(line.ends[1].count > heard || line.ends[0].downs > 0);
    assert_true(line.ends[0].count > 300 && line.ends[1].count > 300);
    assert_true(line.ends[0].downs > 10 && line.ends[1].downs > 10);
    uint64_t digest = sim_digest_chain(line.sim);
    line_close(&line);
    return digest;
}

static void chaos_is_counted_and_repeated(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        uint64_t digest = run_chaos(seed);
        if (seed <= 4)
            assert_int_equal(run_chaos(seed), digest);
    }
}

/* ---- coverage -------------------------------------------------------------------------------------------------- */

static void coverage_is_gone_as_often_as_it_should(void **state)
{
    (void)state;
    struct line line;
    struct link_class class = line_class(0);
    line_init(&line, &class);
    line_open(&line, 1, &(struct coverage_config){.mean_there_us = 95 * SECOND, .mean_gone_us = 5 * SECOND});
    line_run(&line, 10000000 * SECOND); /* 100,000 cycles */
    /* A cycle's gone time less its share scatters by sqrt(2) * 95 * 5 / 100 s. */
    near((double)coverage_gone_us(&line.coverages, line.coverage) / 1e13, 0.05, 3 * 6.72 / 100 / sqrt(1e5));
    line_close(&line);
}

static void causes_add_up(void **state)
{
    (void)state;
    struct line line;
    struct link_class class = line_class(1000);
    struct coverage_gap gaps[] = {{10 * SECOND, 10 * SECOND}, {15 * SECOND, 10 * SECOND}};
    line_init(&line, &class);
    line_open(&line, 1, &(struct coverage_config){.gaps = gaps, .gap_count = 2});
    coverage_hold(&line.coverages, line.coverage);
    line_run(&line, 5 * SECOND);
    assert_false(coverage_is_there(&line.coverages, line.coverage));
    coverage_release(&line.coverages, line.coverage);
    assert_true(coverage_is_there(&line.coverages, line.coverage));
    line_run(&line, 22 * SECOND);
    assert_false(coverage_is_there(&line.coverages, line.coverage));
    assert_int_equal(coverage_gone_us(&line.coverages, line.coverage), 17 * SECOND);
    line_run(&line, 26 * SECOND);
    assert_int_equal(coverage_gone_us(&line.coverages, line.coverage), 20 * SECOND);
    line_close(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_follow_their_distributions),
        cmocka_unit_test(published_means_are_kept),
        cmocka_unit_test(classes_without_sense_are_refused),
        cmocka_unit_test(a_connection_takes_a_round_trip_and_a_half),
        cmocka_unit_test(bytes_take_their_time_at_the_rate),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(lost_packets_delay_and_do_not_reorder),
        cmocka_unit_test(what_never_comes_ends_the_connection),
        cmocka_unit_test(a_short_break_only_delays),
        cmocka_unit_test(a_long_break_is_told_to_both_and_dialled_over),
        cmocka_unit_test(pauses_double_up_to_the_most),
        cmocka_unit_test(closing_delivers_what_was_sent),
        cmocka_unit_test(a_machine_that_goes_silently_is_noticed),
        cmocka_unit_test(a_machine_that_is_soon_back_refuses_the_old_connection),
        cmocka_unit_test(chaos_is_counted_and_repeated),
        cmocka_unit_test(coverage_is_gone_as_often_as_it_should),
        cmocka_unit_test(causes_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
