/* houses.h: small scenarios for the tests of the commands.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_CLI_HOUSES_H
#define KONSENTO_TESTS_CLI_HOUSES_H

/* Random cars, two rails; writes this scenario as house.lua. */
void house_write(void);
/* One recorded session file (sessions.csv) and a constant rail: nothing in it is random. Writes garage.lua. */
void garage_write(void);
/* sessions.csv with this text instead. */
void sessions_write(const char *text);

/* Set-up and tear-down of a test: a folder of its own, with the house and the garage in it. */
int houses_enter(void **state);
int houses_leave(void **state);

#endif
