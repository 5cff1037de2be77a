/* test_hw_ocpp_failures.c: all that a charger may do, at once.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One central system, and a charger for each situation in a process of their own. All are switched on at 2 s and off at
 * 7.2 s; what happens to them in between is in the table. Behind the run each is judged by its ground truth: no power
 * for longer than lease + 1 s, nor more energy than power x lease, that nobody wanted; a lost link is told of within
 * 6 s; the meter's total is what really flowed, to its step of 1 Wh; and the journal of the whole runs again to the
 * same digest.
 */
#include "hwbridge/ocpp.h"
#include "hwbridge/ocpp_point.h"
#include "hwbridge/replay.h"
#include "hwbridge/virtual/charger.h"
#include "hwbridge/virtual/run.h"
#include "tests/hwbridge/rig.h"

#include "tests/support/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MS        INT64_C(1000)
#define SEC       INT64_C(1000000)
#define ON_US     (2 * SEC)
#define OFF       (7200 * MS)
#define AGAIN_ON  (10200 * MS)
#define AGAIN_OFF (14 * SEC)
#define END       (21 * SEC)
/* Three probes; and the machine may be busy. */
#define DETECTED_NS INT64_C(6250000000)

enum flag {
    IS_STUCK = 1,  /* it cannot be switched off */
    IS_SILENT = 2, /* what flowed last is not known */
    HAS_GAP = 4,   /* the counter does not tell all */
    STAYS_OFF = 8,
    TAKES_ALL = 16,      /* nothing is told: it goes on as if nothing was */
    MAY_LATCH = 32,      /* what was lost may look like a contactor that sticks: then that is told */
    IS_WANTED_AGAIN = 64 /* a second session follows */
};

struct situation {
    const char *name, *script;
    enum hw_outlet_state state; /* in the end */
    const char *cause;          /* one that must be told; NULL: any, or none */
    unsigned flags;
    int64_t lost_ms; /* of its time: nobody reaches it from here on, and that is the cause; 0: not for long */
};

static const struct situation table[] = {
    {"calm", "", HW_OUTLET_OFF, NULL, TAKES_ALL, 0},
    {"latency", "1500ms-8s delay 300ms", HW_OUTLET_OFF, NULL, TAKES_ALL, 0},
    {"long latency", "2500ms-6s delay 1s", HW_OUTLET_OFF, NULL, 0, 0},
    {"loss of a fifth", "2500ms-7500ms drop 20%", HW_OUTLET_OFF, NULL, MAY_LATCH, 0},
    {"loss of half", "2500ms-7500ms drop 50%", HW_OUTLET_OFF, NULL, MAY_LATCH, 0},
    {"loss both ways", "2500ms-7500ms deaf 50%; 2500ms-7500ms drop 50%", HW_OUTLET_OFF, NULL, MAY_LATCH, 0},
    {"disorder", "500ms-7500ms reorder 40%", HW_OUTLET_OFF, NULL, MAY_LATCH, 0},
    {"duplicates", "0s duplicate 100%", HW_OUTLET_OFF, NULL, TAKES_ALL, 0},
    {"silence", "2500ms freeze", HW_OUTLET_LOST, "silent", IS_SILENT, 2500},
    {"short silence", "2500ms-4500ms freeze", HW_OUTLET_OFF, NULL, 0, 0},
    {"OFF lost offline", "6200ms-8300ms freeze", HW_OUTLET_OFF, NULL, 0, 0},
    {"reboot in a transaction", "3500ms powercycle 1s", HW_OUTLET_OFF, "link", 0, 3500},
    {"reboot, zeroed", "3500ms powercycle 1s; 3600ms reset-counter", HW_OUTLET_OFF, "link", HAS_GAP, 3500},
    {"zeroed", "3500ms reset-counter", HW_OUTLET_OFF, NULL, TAKES_ALL | HAS_GAP, 0},
    {"jump", "3500ms jump 20kWh", HW_OUTLET_OFF, NULL, TAKES_ALL | HAS_GAP, 0},
    {"power reading sticks", "3500ms stuck-power", HW_OUTLET_STUCK, "stuck", 0, 0},
    {"clock ahead", "0s skew 60000min", HW_OUTLET_OFF, NULL, TAKES_ALL, 0},
    {"clock steps on", "4500ms skew 60min", HW_OUTLET_OFF, NULL, 0, 0},
    {"contactor sticks", "3s stuck-relay", HW_OUTLET_STUCK, "stuck", IS_STUCK, 0},
    {"no current", "0s dead-relay", HW_OUTLET_OFF, NULL, TAKES_ALL | STAYS_OFF, 0},
    {"refusal", "0s refuse", HW_OUTLET_OFF, "refused", STAYS_OFF, 0},
    {"stopped by hand", "3500ms finger", HW_OUTLET_OFF, "switched", 0, 0},
    {"started by hand", "8500ms finger", HW_OUTLET_OFF, "switched", 0, 0},
    {"nonsense", "2500ms-7500ms malformed 30%", HW_OUTLET_OFF, NULL, MAY_LATCH, 0},
    {"its profile's end does nothing", "0s no-lease", HW_OUTLET_OFF, NULL, TAKES_ALL, 0},
    {"Finishing-lock", "0s finishing-lock", HW_OUTLET_OFF, "refused", IS_WANTED_AGAIN, 0},
    {"Finishing-lock that ends", "0s-11s finishing-lock", HW_OUTLET_OFF, NULL, TAKES_ALL | IS_WANTED_AGAIN, 0},
};
#define SITUATIONS (sizeof table / sizeof table[0])

static struct rig rig; /* truth and log of it, for its judge */
static char names[SITUATIONS][8], journal_path[sizeof rig.folder + 16];
static unsigned failures;

/* ---- chargers ---------------------------------------------------------------------------------------------------- */

static void on_edge(void *self, int64_t now_ns, bool is_closed, int64_t energy_uj)
{
    struct rig_truth *truth = self;
    if (truth->count == RIG_EDGES)
        return;
    truth->edges[truth->count].at_ns = now_ns;
    truth->edges[truth->count].is_closed = is_closed;
    truth->edges[truth->count].energy_uj = energy_uj;
    truth->count++;
}

static struct virtual_outlet make_charger(size_t index)
{
    struct faults faults;
    char why[160];
    static char paths[SITUATIONS][16];
    snprintf(paths[index], sizeof paths[index], "/%s", names[index]);
    if (!faults_read(&faults, table[index].script, why, sizeof why))
        _exit(2);
    const struct charger_config config = {.host = "127.0.0.1",
                                          .port = rig.port,
                                          .path = paths[index],
                                          .password = RIG_PASSWORD,
                                          .meter_s = 1,
                                          .voltage_v = 200,
                                          .plug = {.power_w = RIG_POWER_W,
                                                   .demand_uj = INT64_MAX,
                                                   .resolution_uj = RIG_WH / 1000,
                                                   .counter_uj = 6294 * RIG_WH,
                                                   .seed = index + 1},
                                          .truth = {&rig.truth[index], on_edge}};
    rig.truth[index].begun_ns = virtual_now_ns();
    return charger_outlet(charger_new(&config, &faults, virtual_now_ns()));
}

static void start_chargers(void)
{
    static const volatile int never = 0;
    struct virtual_outlet outlets[SITUATIONS];
    rig.plugs = child_fork();
    if (rig.plugs > 0)
        return;
    if (close_range(3, ~0u, 0) != 0)
        _exit(1);
    for (size_t i = 0; i < SITUATIONS; i++)
        outlets[i] = make_charger(i);
    (void)virtual_run(outlets, SITUATIONS, INT64_MAX, &never);
    _exit(0);
}

/* ---- the bridge -------------------------------------------------------------------------------------------------- */

static void note(uint32_t outlet, enum rig_word word, const char *cause)
{
    struct rig_log *log = &rig.log[outlet];
    if (log->count == RIG_LOG_MAX || rig.is_replay)
        return;
    log->lines[log->count].word = word;
    log->lines[log->count].at_ns = virtual_now_ns();
    snprintf(log->lines[log->count].cause, sizeof log->lines[0].cause, "%s", cause);
    log->count++;
    log->faults += word == RIG_FAULT;
    log->closed += word == RIG_CLOSED;
}

static void on_closed(void *self, uint32_t outlet)
{
    (void)self;
    note(outlet, RIG_CLOSED, "");
}

static void on_opened(void *self, uint32_t outlet)
{
    (void)self;
    note(outlet, RIG_OPENED, "");
}

static void on_fault(void *self, uint32_t outlet, const char *cause)
{
    (void)self;
    note(outlet, RIG_FAULT, cause);
}

static const struct outlet_listener listener = {.on_closed = on_closed, .on_opened = on_opened, .on_fault = on_fault};

static void handle_wish(struct sim *sim, void *object, uint32_t outlet, uint64_t is_on)
{
    (void)sim, (void)object;
    struct outlet_port port = bridge_port(rig.bridge, outlet);
    note(outlet, is_on ? RIG_WISH_ON : RIG_WISH_OFF, "");
    if (is_on)
        port.ops->switch_on(port.self, 16000, INT64_MAX);
    else
        port.ops->switch_off(port.self);
}

static void open_driver(void)
{
    static struct ocpp_outlet outlets[SITUATIONS];
    char why[160];
    for (uint32_t i = 0; i < SITUATIONS; i++) {
        snprintf(names[i], sizeof names[i], "CP%u", i);
        outlets[i] = (struct ocpp_outlet){
            .outlet = i, .name = names[i], .password = RIG_PASSWORD, .connector = 1, .voltage_v = 200, .phases = 1};
    }
    const struct ocpp_options options = {
        .security = OCPP_SECURITY_BASIC, .outlets = outlets, .outlet_count = SITUATIONS, .sink = live_sink(rig.live)};
    assert_true(ocpp_open(&rig.driver, &options, why, sizeof why));
    rig.port = ocpp_port(&rig.driver);
}

static struct bridge_outlet_config *configs(void)
{
    static struct bridge_outlet_config all[SITUATIONS];
    for (uint32_t i = 0; i < SITUATIONS; i++) {
        all[i] = (struct bridge_outlet_config){.idle_below_w = BRIDGE_IDLE_BELOW_W, .idle_us = BRIDGE_IDLE_US};
        hw_outlet_config_init(&all[i].lease, i, 15000, 200, RIG_WH);
        all[i].lease.lease_us = RIG_LEASE_US;
    }
    return all;
}

static void schedule(uint32_t outlet, int64_t at_us, bool is_on)
{
    sim_schedule(rig.sim, at_us + outlet * MS, SIM_MODEL,
                 &(struct sim_action){.kind = rig.plan_kind, .entity = outlet, .argument = is_on});
}

static void schedule_wishes(void)
{
    rig.plan_kind = sim_kind_add(rig.sim, "wish", handle_wish);
    for (uint32_t i = 0; i < SITUATIONS; i++) {
        schedule(i, ON_US, true);
        schedule(i, OFF, false);
        if ((table[i].flags & IS_WANTED_AGAIN) == 0)
            continue;
        schedule(i, AGAIN_ON, true);
        schedule(i, AGAIN_OFF, false);
    }
}

static void open_bridge(void)
{
    static const uint32_t driver_of[SITUATIONS];
    rig.sim = sim_new(&(struct sim_options){.seed = 1});
    rig.pace = pace_open(&(struct pace_options){.policy = PACE_CATCHUP, .speed = 1});
    rig.live = live_new();
    assert_true(rig.sim != NULL && rig.pace != NULL && rig.live != NULL);
    assert_int_equal(journal_open(&rig.journal, journal_path), 0);
    open_driver();
    const struct live_options options = {.sim = rig.sim,
                                         .pace = rig.pace,
                                         .outlets = configs(),
                                         .driver_of = driver_of,
                                         .outlet_count = SITUATIONS,
                                         .drivers = &rig.driver,
                                         .driver_count = 1,
                                         .journal = &rig.journal,
                                         .listener = listener};
    assert_true(live_open(rig.live, &options));
    rig.bridge = live_bridge(rig.live);
    schedule_wishes();
}

/* The whole of it once more, without chargers, in place of the run that is over. */
static void run_again(void)
{
    char why[512] = "";
    struct journal_reader reader;
    struct journal_record first;
    struct rig live = rig;
    assert_int_equal(journal_reader_open(&reader, journal_path), 0);
    assert_int_equal(journal_read(&reader, &first), JOURNAL_OK);
    rig.sim = sim_new(&(struct sim_options){.seed = 1});
    assert_non_null(rig.sim);
    struct replay *replay = replay_new(rig.sim, &reader, &first);
    assert_non_null(replay);
    rig.bridge = bridge_new(&(struct bridge_options){.sim = rig.sim,
                                                     .outlets = configs(),
                                                     .outlet_count = SITUATIONS,
                                                     .wire = replay_wire(replay),
                                                     .listener = listener});
    assert_non_null(rig.bridge);
    schedule_wishes();
    rig.is_replay = true;
    if (replay_run(replay, rig.bridge, why, sizeof why) != REPLAY_SAME)
        fail_msg("not the same again: %s", why);
    replay_free(replay);
    journal_reader_close(&reader);
    bridge_free(rig.bridge);
    sim_free(rig.sim);
    rig = live;
}

/* ---- the judge --------------------------------------------------------------------------------------------------- */

static void expect(bool is_so, uint32_t outlet, const char *what, int64_t value)
{
    static const char *const words[] = {"on!", "off!", "closed", "opened", "fault"};
    const struct rig_log *log = &rig.log[outlet];
    const struct rig_truth *truth = &rig.truth[outlet];
    if (is_so)
        return;
    failures++;
    print_error("%s: %s (%lld; %s)\n", table[outlet].name, what, (long long)value,
                hw_outlet_state_name(bridge_outlet(rig.bridge, outlet)->state));
    for (unsigned i = 0; i < log->count; i++)
        print_error("    %lld ms %s %s\n", (long long)(log->lines[i].at_ns - truth->begun_ns) / 1000000,
                    words[log->lines[i].word], log->lines[i].cause);
    for (uint32_t i = 0; i < truth->count; i++)
        print_error("    %lld ms contactor %s\n", (long long)(truth->edges[i].at_ns - truth->begun_ns) / 1000000,
                    truth->edges[i].is_closed ? "closes" : "opens");
}

static void judge_power(uint32_t outlet, unsigned flags)
{
    struct rig_unwanted unwanted = rig_unwanted(&rig, outlet);
    const struct rig_truth *truth = &rig.truth[outlet];
    bool is_stuck = (flags & IS_STUCK) != 0, was_on = truth->count > 0;
    bool is_closed = was_on && truth->edges[truth->count - 1].is_closed;
    expect(is_closed == is_stuck, outlet, "contactor closed in the end", is_closed);
    expect(was_on == ((flags & STAYS_OFF) == 0), outlet, "has closed", was_on);
    if ((flags & IS_WANTED_AGAIN) != 0)
        expect(truth->count == ((flags & TAKES_ALL) != 0 ? 4 : 2), outlet, "edges of two sessions", truth->count);
    if (is_stuck)
        return;
    expect(unwanted.ns <= (RIG_LEASE_US + SEC) * 1000, outlet, "off too late, ms", unwanted.ns / 1000000);
    expect(unwanted.uj <= RIG_POWER_W * RIG_LEASE_US, outlet, "unsafe energy, J", unwanted.uj / 1000000);
}

/* What flowed up to a time that is not before its last edge. */
static int64_t flowed_uj(uint32_t outlet, int64_t at_ns)
{
    const struct rig_truth *truth = &rig.truth[outlet];
    bool flows = truth->count > 0 && truth->edges[truth->count - 1].is_closed;
    return rig_true_uj(&rig, outlet) +
           (flows ? (at_ns - truth->edges[truth->count - 1].at_ns) / 1000 * RIG_POWER_W : 0);
}

/* What flows behind the last that it could tell is not known: with a reading a second, and two probes when it stays on
 * behind its transaction. */
static int64_t unread_uj(uint32_t outlet, const struct situation *situation)
{
    const struct rig_truth *truth = &rig.truth[outlet];
    int64_t silent_ns = truth->begun_ns + situation->lost_ms * 1000000;
    if ((situation->flags & IS_STUCK) != 0)
        return RIG_POWER_W * 2 * bridge_outlet(rig.bridge, outlet)->config.probe_us;
    if ((situation->flags & IS_SILENT) == 0 || truth->count == 0)
        return 0;
    return RIG_POWER_W * ((truth->edges[truth->count - 1].at_ns - silent_ns) / 1000 + SEC);
}

static void judge_meter(uint32_t outlet, const struct situation *situation, int64_t now_ns)
{
    int64_t less_uj = flowed_uj(outlet, now_ns) - bridge_outlet(rig.bridge, outlet)->meter.total_uj;
    int64_t slack_uj = (situation->flags & HAS_GAP) != 0 ? 2 * RIG_WH : RIG_WH;
    expect(less_uj <= slack_uj + unread_uj(outlet, situation) && less_uj >= -slack_uj, outlet,
           "flowed more than metered, mWh", less_uj / (RIG_WH / 1000));
}

/* When its controller was first told of it; INT64_MAX: never. */
static int64_t told_ns(uint32_t outlet, const char *cause)
{
    const struct rig_log *log = &rig.log[outlet];
    for (unsigned i = 0; i < log->count; i++)
        if (log->lines[i].word == RIG_FAULT && strcmp(log->lines[i].cause, cause) == 0)
            return log->lines[i].at_ns;
    return INT64_MAX;
}

static void judge_words(uint32_t outlet, const struct situation *situation)
{
    const struct rig_log *log = &rig.log[outlet];
    const struct hw_outlet *one = bridge_outlet(rig.bridge, outlet);
    unsigned sessions = (situation->flags & IS_WANTED_AGAIN) != 0 ? 2 : 1;
    bool was_told = situation->cause == NULL || told_ns(outlet, situation->cause) != INT64_MAX;
    bool has_latched = one->state == HW_OUTLET_STUCK && told_ns(outlet, "stuck") != INT64_MAX;
    bool may_latch = (situation->flags & MAY_LATCH) != 0;
    expect(was_told, outlet, "nobody was told", log->faults);
    if ((situation->flags & TAKES_ALL) != 0)
        expect(log->faults == 0 && log->closed == sessions, outlet, "it was disturbed", log->faults);
    expect(one->state == situation->state || (may_latch && has_latched), outlet, "state in the end", one->state);
}

/* The link is lost for long: it is noticed, and there is no power behind the lease. */
static void judge_loss(uint32_t outlet, const struct situation *situation)
{
    const struct rig_truth *truth = &rig.truth[outlet];
    int64_t lost_ns = truth->begun_ns + situation->lost_ms * 1000000, noticed_ns = told_ns(outlet, situation->cause);
    int64_t open_ns = truth->count < 2 ? INT64_MAX : truth->edges[1].at_ns;
    expect(noticed_ns != INT64_MAX && noticed_ns - lost_ns <= DETECTED_NS, outlet, "lost too late, ms",
           (noticed_ns - lost_ns) / 1000000);
    expect(open_ns - lost_ns <= (RIG_LEASE_US + SEC) * 1000, outlet, "off too late behind the loss, ms",
           (open_ns - lost_ns) / 1000000);
}

static void judge(void)
{
    int64_t now_ns = virtual_now_ns();
    for (uint32_t i = 0; i < SITUATIONS; i++) {
        judge_power(i, table[i].flags);
        judge_meter(i, &table[i], now_ns);
        judge_words(i, &table[i]);
        if (table[i].lost_ms > 0)
            judge_loss(i, &table[i]);
    }
}

static void whatever_a_charger_does_no_power_is_left(void **state)
{
    (void)state;
    size_t truths = SITUATIONS * sizeof *rig.truth;
    rig.truth = mmap(NULL, truths, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    rig.log = calloc(SITUATIONS, sizeof *rig.log);
    assert_true(rig.truth != MAP_FAILED && rig.log != NULL);
    snprintf(rig.folder, sizeof rig.folder, "ocppXXXXXX");
    assert_non_null(mkdtemp(rig.folder));
    snprintf(journal_path, sizeof journal_path, "%s/run.hwj", rig.folder);
    open_bridge();
    start_chargers();
    struct clock_port clock = pace_port(rig.pace);
    struct sim_input input = live_input(rig.live);
    assert_int_equal(sim_run_paced(rig.sim, &clock, &input, END), SIM_END_HORIZON);
    judge();
    assert_int_equal(live_end(rig.live, SIM_END_HORIZON, 1000), 1); /* the silent one */
    assert_int_equal(journal_close(&rig.journal), 0);
    run_again();
    (void)unlink(journal_path);
    (void)rmdir(rig.folder);
    live_free(rig.live);
    pace_close(rig.pace);
    sim_free(rig.sim);
    (void)kill(rig.plugs, SIGKILL);
    (void)waitpid(rig.plugs, NULL, 0);
    (void)munmap(rig.truth, truths);
    free(rig.log);
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_a_charger_does_no_power_is_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
