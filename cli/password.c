/* password.c: a password from a file.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/password.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool password_read(char password[PASSWORD_BYTES], const char *path, char *why, size_t why_size)
{
    errno = 0;
    FILE *file = fopen(path, "re");
    bool is_read = file != NULL && fgets(password, PASSWORD_BYTES, file) != NULL;
    int reason = errno;
    if (file != NULL)
        fclose(file);
    if (is_read)
        password[strcspn(password, "\r\n")] = '\0';
    if (!is_read || *password == '\0')
        snprintf(why, why_size, "%s: %s", path, reason != 0 ? strerror(reason) : "its first line is empty");
    return is_read && *password != '\0';
}
