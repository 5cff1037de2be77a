/* rig.h: a broker, virtual plugs and a bridge on loopback, for tests of the whole wire.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   process of the plugs (virtual/)  ◄── mosquitto ──►  the test's own process: driver, live, bridge, controller
 *          │ edges, true energy                             │ what the controller wished and was told
 *          └──────────── struct rig_truth ──────────────────┴──► struct rig_log, judged behind the run
 *
 * The whole run stands in a journal; rig_replay runs it again without devices and says whether it is the same.
 */
#ifndef KONSENTO_TESTS_HWBRIDGE_RIG_H
#define KONSENTO_TESTS_HWBRIDGE_RIG_H

#include "hwbridge/live.h"
#include "hwbridge/mqtt.h"

#include <stdio.h>
#include <sys/types.h>

#define RIG_EDGES    2048
#define RIG_OUTLETS  1024
#define RIG_LOG_MAX  4096
#define RIG_PLAN_MAX 4096
#define RIG_LEASE_US INT64_C(3000000)
#define RIG_POWER_W  3000
#define RIG_WH       INT64_C(3600000000)
#define RIG_PASSWORD "watt" /* of the plugs, whose name is plug */

/* What a plug really did, in memory that both processes see. */
struct rig_truth {
    volatile int64_t begun_ns;
    volatile uint32_t count;
    struct {
        int64_t at_ns, energy_uj;
        bool is_closed;
    } edges[RIG_EDGES];
};

/* What its controller wished and was told. */
enum rig_word { RIG_WISH_ON, RIG_WISH_OFF, RIG_CLOSED, RIG_OPENED, RIG_FAULT };
struct rig_log {
    unsigned count, closed, opened, faults;
    struct {
        enum rig_word word;
        int64_t at_ns;
        char cause[16];
    } lines[RIG_LOG_MAX];
};

struct rig_plug {
    const char *dialect; /* by the name that both sides have for it */
    const char *script;
    int64_t modulus_uj; /* where its counter begins anew, 0: it does not */
};

struct rig;

struct rig_options {
    const struct rig_plug *plugs;
    size_t plug_count;
    const char *retained; /* what lies at the broker as the first plug's command before; NULL: nothing */
    /* Writes the broker's configuration behind "listener PORT 127.0.0.1"; NULL: anybody may come. */
    void (*broker)(const struct rig *rig, FILE *file);
    /* What the driver needs for that broker; may be NULL. */
    void (*secure)(const struct rig *rig, struct mqtt_options *options);
    /* What the plugs' process does instead of being virtual plugs: runs somebody else's. NULL: nothing. */
    void (*strange)(const struct rig *rig);
    enum pace_policy policy;
    enum pace_rest rest;
    int64_t limit_us;
    bool is_patient;      /* with times for houses, not for tests of seconds */
    int64_t lease_us;     /* 0: RIG_LEASE_US */
    int64_t telemetry_ns; /* of the plugs, 0: 1 s */
    /* Stands between driver and live; may be NULL. */
    struct hw_sink (*tap)(struct hw_sink inner);
    bool is_quick; /* relays follow at once */
};

struct rig_plan {
    int64_t at_us;
    uint32_t outlet;
    bool is_on;
    void (*act)(void *self); /* done in the run alone, not in its replay; NULL: a wish */
    void *self;
};

struct rig {
    struct rig_options options;
    pid_t broker, plugs;
    uint16_t port, tls_port; /* at the second one nobody listens unless options.broker says so */
    char folder[64];
    struct rig_truth *truth; /* by outlet */
    struct rig_log *log;     /* likewise */
    struct rig_plan plan[RIG_PLAN_MAX];
    size_t plan_count;
    struct sim *sim;
    struct pace *pace;
    struct live *live;
    struct bridge *bridge;
    struct journal journal;
    struct hw_driver driver;
    uint16_t plan_kind;
    bool is_replay;
};

/* ---- rig_wire.c: processes -------------------------------------------------------------------------------------- */

/* Whether there is a broker to be had. */
bool rig_is_possible(void);
/* Broker and plugs. Asserts that all are up. Owns: rig_close. */
void rig_open(struct rig *rig, const struct rig_options *options);
void rig_start_broker(struct rig *rig);
void rig_stop_broker(struct rig *rig);
/* Leaves a command at the broker for the first plug, as some other client would. */
void rig_leave_retained(const struct rig *rig, const char *payload);
/* Whether who connects now finds one. */
bool rig_finds_retained(const struct rig *rig);
/* Another client of the broker, greeted; -1: refused. In: user, password, NULL: none. Owns: close. */
int rig_stranger(const struct rig *rig, const char *user, const char *password);
void rig_publish(int fd, const char *topic, const void *payload, size_t length);
/* "cmnd/plug0/POWER" and the like: where the plug of an outlet takes commands. */
void rig_topic(char topic[64], const struct rig *rig, uint32_t outlet);
/* Runs a program of the system to its end. In: arguments, the program first, NULL last. Returns whether it was content.
 */
bool rig_program(const char *const *arguments);
void rig_kill(pid_t *pid);
/* Whether its relay is closed, by its own word. */
bool rig_is_closed(const struct rig *rig, uint32_t outlet);
void rig_close_wire(struct rig *rig);

/* ---- rig.c: the bridge ------------------------------------------------------------------------------------------ */

/* At a time of the run the controller wishes it on or off. Before rig_start. */
void rig_wish(struct rig *rig, int64_t at_us, uint32_t outlet, bool is_on);
/* At a time of the run something happens to the world. Before rig_start. */
void rig_act(struct rig *rig, int64_t at_us, void (*act)(void *self), void *self);
void rig_start(struct rig *rig);
/* Goes on with the journal that a killed run has left. Returns whether it could; why if not. */
bool rig_continue(struct rig *rig, char *why, size_t why_size);
/* Lets the run go on to that time, in real time. */
enum sim_end rig_run(struct rig *rig, int64_t until_us);
/* Ends the run: all off. Returns how many did not confirm within for_ms. */
size_t rig_end(struct rig *rig, enum sim_end end, int64_t for_ms);
/* Runs the journal again. Returns whether it is the same to the end; why if not. Behind rig_end. */
bool rig_replay(struct rig *rig, char *why, size_t why_size);
const struct hw_outlet *rig_outlet(const struct rig *rig, uint32_t outlet);
/* Whether it was told of a fault of that cause; at_ns, when first (may be NULL). */
bool rig_was_told(const struct rig *rig, uint32_t outlet, const char *cause, int64_t *at_ns);
void rig_close(struct rig *rig);

/* ---- rig_judge.c ------------------------------------------------------------------------------------------------ */

/* Time and energy of power that the controller did not want or was told that there was none; the longest of them. */
struct rig_unwanted {
    int64_t ns, uj;
};
struct rig_unwanted rig_unwanted(const struct rig *rig, uint32_t outlet);
/* What flowed by the plug's own account, up to its last edge. */
int64_t rig_true_uj(const struct rig *rig, uint32_t outlet);

#endif
