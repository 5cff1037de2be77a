/* ocpp_desk.h: one charge point without a wire, for tests: what it is told, what it says, what follows.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Connector 1 is outlet 5. Each function that hears or asks forgets what was heard and sent before.
 */
#ifndef KONSENTO_TESTS_HWBRIDGE_OCPP_DESK_H
#define KONSENTO_TESTS_HWBRIDGE_OCPP_DESK_H

#include "hwbridge/ocpp_point.h"

#define SEC    INT64_C(1000000)
#define NS     INT64_C(1000000000)
#define WH     INT64_C(3600000000)
#define UTC_US INT64_C(1519862400000000) /* 2018-03-01T00:00:00Z: when it opens */

struct desk {
    struct ocpp_point point;
    struct ocpp_now now;
    int64_t transactions;
    struct hw_input inputs[64];
    size_t input_count;
    char sent[32][OCPP_TEXT_MAX];
    size_t sent_count;
};
extern struct desk desk;

void desk_open(void);
void desk_pass(int64_t seconds);
/* Sends what is due. */
void desk_turn(void);
int desk_hear(const char *text);
/* An answer to what is out. */
int desk_answer(const char *payload);
/* ON asks for 15.25 A and 30 s. */
void desk_submit(enum hw_command_kind kind, uint64_t number);
void desk_expect_input(size_t index, enum hw_input_kind kind, int64_t value, uint64_t command);
void desk_expect_sent(const char *text); /* and nothing else */

#endif
