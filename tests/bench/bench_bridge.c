/* bench_bridge.c: how fast a payment becomes power, and a meter's word an event, on real wires.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A real mosquitto and virtual plugs in a process of their own, on loopback; relays follow at once, so that the wire is
 * measured and no contactor. Times are CLOCK_MONOTONIC, which both sides share.
 *
 *   settle -> relay edge   from the session's wish, inside the kernel, to the plug's relay
 *   meter wire -> stamp    from the write of the broker's bytes to the bridge's socket, to the driver's input
 *   event lag              of all events of the paced kernel
 *   settle -> Accepted     of a virtual charger, likewise
 *
 * Usage: bench_bridge [CYCLES [MARGIN]]: fails (exit 1) if a figure is worse than its limit times MARGIN; without
 * MARGIN there are no limits. `bench_bridge 1000 1` on an idle machine is the claim. bench_bridge --outlets N SECONDS
 * [MARGIN]: N plugs on one bridge, a message a second each. `bench_bridge
 * --outlets 1000 60 1` on two idle cores is the claim.
 */
#include "tests/bench/bench_bridge.h"
#include "tests/hwbridge/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define PLUGS     10
#define CYCLE_US  INT64_C(200000)
#define FIRST_US  INT64_C(1500000)
#define STEADY_US INT64_C(5000000)
#define SPEED_UP  500 /* that a replay has to have */

static struct rig rig;
static struct rig_plug plugs[RIG_OUTLETS];
static struct samples samples;

/* ---- figures ----------------------------------------------------------------------------------------------------- */

int64_t bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void samples_add(struct samples *into, double us)
{
    if (into->count < SAMPLES_MAX)
        into->us[into->count++] = us;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void judge(struct bridge_report *report, bool is_good)
{
    bool has_limits = report->margin > 0;
    printf("%s\n", !has_limits ? "" : is_good ? "  ok" : "  TOO SLOW");
    report->failed += has_limits && !is_good;
}

void report_samples(struct bridge_report *report, const char *name, struct samples *of, double limit_us)
{
    size_t count = of->count;
    if (count == 0) {
        printf("%-28s nothing measured", name);
        judge(report, false);
        return;
    }
    qsort(of->us, count, sizeof of->us[0], compare);
    double p50 = of->us[count / 2];
    printf("%-28s p50 %8.1f us  p95 %8.1f us  p99 %8.1f us  most %8.1f us  n %zu", name, p50, of->us[count * 95 / 100],
           of->us[count * 99 / 100], of->us[count - 1], count);
    judge(report, limit_us == 0 || p50 <= limit_us * report->margin);
}

void report_figure(struct bridge_report *report, const char *name, double value, double least, double most)
{
    printf("%-28s %.6g", name, value);
    judge(report, (least == 0 || value * report->margin >= least) && (most == 0 || value <= most * report->margin));
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static void add_plugs(size_t count)
{
    for (size_t i = 0; i < count; i++)
        plugs[i] = (struct rig_plug){.dialect = "tasmota", .script = ""};
}

/* Every second edge closes, as every second wish does. */
static void collect_edges(void)
{
    samples.count = 0;
    for (uint32_t i = 0; i < PLUGS; i++) {
        const struct rig_log *log = &rig.log[i];
        uint32_t edge = 0;
        for (unsigned line = 0; line < log->count; line++) {
            if (log->lines[line].word != RIG_WISH_ON)
                continue;
            while (edge < rig.truth[i].count &&
                   (!rig.truth[i].edges[edge].is_closed || rig.truth[i].edges[edge].at_ns < log->lines[line].at_ns))
                edge++;
            if (edge < rig.truth[i].count)
                samples_add(&samples, (double)(rig.truth[i].edges[edge].at_ns - log->lines[line].at_ns) / 1000);
        }
    }
}

static void report_lag(struct bridge_report *report, const char *name, const struct histogram *lag, double p99_limit_us)
{
    double p50 = (double)histogram_quantile(lag, 0.5), p99 = (double)histogram_quantile(lag, 0.99);
    printf("%-28s p50 %8.1f us  p95 %8.1f us  p99 %8.1f us", name, p50, (double)histogram_quantile(lag, 0.95), p99);
    double p50_limit_us = p99_limit_us == 0 ? 50 : 0;
    judge(report, (p50_limit_us == 0 || p50 <= p50_limit_us * report->margin) &&
                      (p99_limit_us == 0 || p99 <= p99_limit_us * report->margin));
}

/* What came behind an earlier state of it. */
static struct histogram since(const struct histogram *before, const struct histogram *now)
{
    struct histogram left = *now;
    left.count -= before->count;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        left.bucket[i] -= before->bucket[i];
    return left;
}

static void bench_settle(struct bridge_report *report, unsigned cycles)
{
    add_plugs(PLUGS);
    rig_open(&rig, &(struct rig_options){.plugs = plugs, .plug_count = PLUGS, .is_quick = true});
    for (unsigned i = 0; i < cycles; i++) {
        uint32_t plug = i % PLUGS;
        int64_t at_us = FIRST_US + i / PLUGS * CYCLE_US + plug * CYCLE_US / PLUGS;
        rig_wish(&rig, at_us, plug, true);
        rig_wish(&rig, at_us + CYCLE_US / 2, plug, false);
    }
    rig_start(&rig);
    enum sim_end end = rig_run(&rig, FIRST_US + (cycles / PLUGS + 2) * CYCLE_US);
    collect_edges();
    report_samples(report, "MQTT settle -> relay edge", &samples, 500);
    report_lag(report, "event lag", pace_lag(rig.pace), 0);
    (void)rig_end(&rig, end, 2000);
    rig_close(&rig);
}

static struct hw_sink inner;

static void on_input(void *self, const struct hw_input *input)
{
    if (input->kind == HW_METER)
        samples_add(&samples, (double)(bench_now_ns() - tap_wrote_ns()) / 1000);
    inner.on_input(self, input);
}

static struct hw_sink put_between(struct hw_sink sink)
{
    inner = sink;
    return (struct hw_sink){sink.self, on_input, sink.on_reject};
}

static void over_the_tap(const struct rig *at, struct mqtt_options *options)
{
    options->port = at->tls_port;
}

/* Asleep between words, as it is by default, or awake (konsento bridge run --awake). */
static void bench_meter(struct bridge_report *report, unsigned cycles, enum pace_rest rest)
{
    samples.count = 0;
    rig_open(&rig, &(struct rig_options){.plugs = plugs,
                                         .plug_count = PLUGS,
                                         .rest = rest,
                                         .tap = put_between,
                                         .secure = over_the_tap,
                                         .telemetry_ns = 100000000});
    tap_open(rig.tls_port, rig.port);
    rig_start(&rig);
    enum sim_end end = rig_run(&rig, FIRST_US + cycles * 1000000 / 100);
    report_samples(report, rest == PACE_AWAKE ? "the same, awake" : "MQTT meter wire -> stamp", &samples, 50);
    (void)rig_end(&rig, end, 2000);
    tap_close();
    rig_close(&rig);
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Behind rig_end. */
static void bench_journal(struct bridge_report *report, int64_t span_us, double least_speed_up)
{
    char why[512];
    uint64_t lines = rig.journal.lines;
    report_figure(report, "journal, bytes a second", (double)rig.journal.bytes / ((double)span_us / 1e6), 0, 0);
    double before_s = cpu_s();
    bool is_same = rig_replay(&rig, why, sizeof why);
    double took_s = cpu_s() - before_s;
    if (!is_same) {
        printf("replay: %s\n", why);
        report->failed++;
    }
    report_figure(report, "replay, lines a CPU second", (double)lines / took_s, 0, 0);
    report_figure(report, "replay, times real time", (double)span_us / 1e6 / took_s, least_speed_up, 0);
}

/* A session as there are many: a plug for each dialect on, for some seconds. */
static void bench_replay(struct bridge_report *report, int64_t span_us)
{
    static const char *const dialects[] = {"tasmota", "shelly", "zigbee"};
    for (size_t i = 0; i < 3; i++)
        plugs[i].dialect = dialects[i];
    rig_open(&rig, &(struct rig_options){.plugs = plugs, .plug_count = 3, .lease_us = 30000000});
    for (uint32_t i = 0; i < 3; i++)
        rig_wish(&rig, FIRST_US, i, true);
    rig_start(&rig);
    enum sim_end end = rig_run(&rig, span_us);
    (void)rig_end(&rig, end, 2000);
    bench_journal(report, span_us, SPEED_UP);
    rig_close(&rig);
}

/* Half of them are on, with leases as they are in a house. */
static void bench_many(struct bridge_report *report, unsigned count, unsigned seconds)
{
    int64_t span_us = STEADY_US + seconds * INT64_C(1000000);
    add_plugs(count);
    rig_open(&rig,
             &(struct rig_options){.plugs = plugs, .plug_count = count, .lease_us = 30000000, .is_patient = true});
    for (uint32_t i = 0; i < count; i += 2)
        rig_wish(&rig, FIRST_US + (int64_t)i * 10000000 / count, i, true);
    rig_start(&rig);
    (void)rig_run(&rig, STEADY_US); /* all come at once, are commanded off, and tell all they are */
    struct histogram start = *pace_lag(rig.pace);
    double before_s = cpu_s();
    enum sim_end end = rig_run(&rig, span_us);
    double used = (cpu_s() - before_s) / ((double)(span_us - STEADY_US) / 1e6);
    unsigned on = 0;
    for (uint32_t i = 0; i < count; i++)
        on += rig_outlet(&rig, i)->state == HW_OUTLET_ON;
    const struct live_tally *tally = live_tally(rig.live);
    printf("%u outlets, %u on, %llu inputs, %llu commands, %llu dropped as floods\n", count, on,
           (unsigned long long)tally->inputs, (unsigned long long)tally->commands,
           (unsigned long long)tally->rejects[HW_REJECT_FLOOD]);
    report_figure(report, "inputs a second", (double)tally->inputs / ((double)span_us / 1e6), 0, 0);
    report_figure(report, "cores used by the bridge", used, 0, 0);
    struct histogram steady = since(&start, pace_lag(rig.pace));
    report_lag(report, "event lag", &steady, 5000);
    report->failed += on != (count + 1) / 2;
    (void)rig_end(&rig, end, 5000);
    bench_journal(report, span_us, 0);
    rig_close(&rig);
}

int main(int argc, char **argv)
{
    if (!rig_is_possible()) {
        printf("skipped: no mosquitto here\n");
        return 77;
    }
    bool is_many = argc > 1 && strcmp(argv[1], "--outlets") == 0;
    int margin_at = is_many ? 4 : 2;
    struct bridge_report report = {.margin = argc > margin_at ? strtod(argv[margin_at], NULL) : 0};
    unsigned first = argc > 1 + is_many ? (unsigned)strtoul(argv[1 + is_many], NULL, 10) : 500;
    unsigned seconds = is_many && argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 20;
    if (is_many && first > 0 && first <= RIG_OUTLETS) {
        bench_many(&report, first, seconds);
    } else {
        bench_settle(&report, first < RIG_PLAN_MAX / 2 ? first : RIG_PLAN_MAX / 2);
        bench_meter(&report, first, PACE_ASLEEP);
        bench_meter(&report, first, PACE_AWAKE);
        bench_ocpp(&report, first / 5);
        bench_replay(&report, FIRST_US + first * INT64_C(20000));
    }
    return report.failed > 0;
}
