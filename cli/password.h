/* password.h: a password from a file, never from a command line that others can read.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PASSWORD_H
#define KONSENTO_CLI_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#define PASSWORD_BYTES 256

/* The first line of the file, without its end. Returns false, and why. */
bool password_read(char password[PASSWORD_BYTES], const char *path, char *why, size_t why_size);

#endif
