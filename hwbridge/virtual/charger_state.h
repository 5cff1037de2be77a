/* charger_state.h: what a virtual charger knows, and what it has to say.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What it says itself waits in a queue, one at a time is out; answers to what it is asked go at once.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_CHARGER_STATE_H
#define KONSENTO_HWBRIDGE_VIRTUAL_CHARGER_STATE_H

#include "hwbridge/virtual/charger_config.h"
#include "hwbridge/virtual/ws_line.h"

#define CHARGER_QUEUE_MAX    64
#define CHARGER_SETTINGS     16
#define CHARGER_VALUE_MAX    64
#define CHARGER_TRANSACTIONS 8 /* whose numbers are remembered */
#define CHARGER_TAG_MAX      21
#define CHARGER_NO_NUMBER    (-1)

enum charger_status {
    CHARGER_PREPARING,
    CHARGER_CHARGING,
    CHARGER_SUSPENDED_EVSE,
    CHARGER_SUSPENDED_EV,
    CHARGER_FINISHING
};

enum charger_word { CHARGER_BOOT, CHARGER_HEARTBEAT, CHARGER_STATUS, CHARGER_START, CHARGER_STOP, CHARGER_METER };

struct charger_saying {
    enum charger_word word;
    enum charger_status status;
    int64_t counter_uj, power_w, utc_us;
    uint32_t transaction; /* its place among all that began here */
    bool is_in_transaction;
    const char *reason; /* of a STOP */
    char tag[CHARGER_TAG_MAX];
};

struct charger {
    struct charger_config config;
    struct plug plug;
    struct ws_line *line;
    char name[64];
    int64_t now_ns;
    bool was_off;              /* it had no power: its connection stands still, and nobody is behind it */
    bool is_frozen, is_booted; /* booted: the central system has accepted it since it started */
    struct charger_saying queue[CHARGER_QUEUE_MAX];
    size_t queued;
    struct charger_saying out;
    bool is_out;
    int64_t out_ns;
    uint64_t number;
    enum charger_status status, told;
    bool is_told;
    bool is_pending, is_running, is_ending; /* its transaction */
    bool is_paused;                         /* by a profile */
    const char *reason;
    char tag[CHARGER_TAG_MAX];
    uint32_t transactions;                 /* that began here */
    int64_t numbers[CHARGER_TRANSACTIONS]; /* that they were given */
    int64_t lease_ends_ns;
    int64_t default_w; /* without a profile of its own; INT64_MAX: no limit */
    int64_t interval_ns, heartbeat_ns, meter_ns;
    char settings[CHARGER_SETTINGS][CHARGER_VALUE_MAX];
};

int64_t charger_utc_us(const struct charger *charger);
/* Number of its transaction; CHARGER_NO_NUMBER: it was given none yet. */
int64_t charger_transaction(const struct charger *charger);

/* Its own messages. */
void charger_say(struct charger *charger, const struct charger_saying *saying);
void charger_say_status(struct charger *charger, enum charger_status status);
void charger_say_meter(struct charger *charger, int64_t now_ns);
void charger_say_boot(struct charger *charger);
/* The connection stands: what was out goes again if it must not be lost. */
void charger_say_again(struct charger *charger);
/* Sends the first one if none is out, and what was out too long again. */
void charger_send_due(struct charger *charger, int64_t now_ns);
/* Whether an answer is to what is out; then nothing is. */
bool charger_is_answered(struct charger *charger, const char *id);

/* Settings; -1: none of that key. */
int charger_setting(const char *key);
const char *charger_setting_key(int setting);
bool charger_setting_is_fixed(int setting);
void charger_settings_init(struct charger *charger);
int64_t charger_meter_ns(const struct charger *charger);

#endif
