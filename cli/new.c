/* new.c: konsento new: a commented scenario that runs, and the files an editor needs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/paths.h"
#include "cli/template.h"
#include "cli/terminal.h"
#include "scenarios/lang/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char luarc[] =
    "{\n"
    "    \"runtime.version\": \"Lua 5.4\",\n"
    "    \"workspace.library\": [\".konsento\"],\n"
    "    \"runtime.builtin\": {\"io\": \"disable\", \"os\": \"disable\", \"debug\": \"disable\", "
    "\"package\": \"disable\"}\n"
    "}\n";

/* A text made by printing. */
struct printed {
    char *text;
    size_t length;
};

static void print_template(FILE *out, const char *name)
{
    template_write(out, name);
}

static void print_luals(FILE *out, const char *name)
{
    (void)name;
    schema_write(out, SCHEMA_LUALS);
}

static bool print_to(struct printed *printed, void (*print)(FILE *out, const char *name), const char *name)
{
    *printed = (struct printed){NULL, 0};
    FILE *out = open_memstream(&printed->text, &printed->length);
    if (out == NULL)
        return false;
    print(out, name);
    return fclose(out) == 0;
}

/* The file's name without folders and without .lua, fit for a title. Returns false if it is not. */
static bool title_of(char *title, size_t size, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".lua") == 0)
        length -= 4;
    if (length == 0 || length >= size || name[0] == '.')
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '"' || name[i] == '\\')
            return false;
    snprintf(title, size, "%.*s", (int)length, name);
    for (char *c = title; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : *c;
    return true;
}

static bool write_file(const char *path, const char *text, size_t length)
{
    if (path_write_new(path, text, length)) {
        printf("%s\n", path);
        return true;
    }
    complain(errno == EEXIST ? "%s is there already; it is not overwritten (%s)" : "cannot write %s: %s", path,
             strerror(errno));
    return false;
}

/* The editor's files may be there from an earlier scenario: a .luarc.json stays, the generated page is made anew. */
static int write_editor_files(struct pool *pool, const char *folder)
{
    const char *settings = path_join(pool, folder, ".luarc.json");
    const char *library = path_join(pool, folder, ".konsento");
    const char *page = path_join(pool, folder, ".konsento/konsento.d.lua");
    struct printed printed;
    if (pool->failed || !print_to(&printed, print_luals, NULL)) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    bool written = true;
    if (!path_exists(settings))
        written = write_file(settings, luarc, sizeof luarc - 1);
    else
        fprintf(stderr, "note: %s is kept as it is; let its workspace.library name .konsento\n", settings);
    if (written && mkdir(library, 0777) != 0 && errno != EEXIST) {
        complain("cannot make %s: %s", library, strerror(errno));
        written = false;
    }
    if (written) {
        remove(page);
        written = write_file(page, printed.text, printed.length);
    }
    free(printed.text);
    return written ? CODE_OK : CODE_FAILURE;
}

static int write_scenario(struct pool *pool, const char *name, const char *title)
{
    size_t length = strlen(name);
    bool has_end = length > 4 && strcmp(name + length - 4, ".lua") == 0;
    char *path = pool_take(pool, length + sizeof ".lua", 1);
    struct printed printed;
    if (path == NULL || !print_to(&printed, print_template, title)) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    snprintf(path, length + sizeof ".lua", "%s%s", name, has_end ? "" : ".lua");
    bool taken = path_exists(path);
    bool written = write_file(path, printed.text, printed.length);
    free(printed.text);
    if (!written)
        return taken ? CODE_USAGE : CODE_FAILURE;
    return CODE_OK;
}

int command_new(const struct arguments *arguments)
{
    const char *name = arguments->words[0];
    struct pool pool = {0};
    char title[200];
    if (!title_of(title, sizeof title, name)) {
        complain("new: '%s' is no name for a scenario", name);
        return CODE_USAGE;
    }
    const char *slash = strrchr(name, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(name, slash == name ? 1 : (size_t)(slash - name));
    int code = CODE_FAILURE;
    if (folder == NULL)
        complain("memory is out");
    else
        code = write_scenario(&pool, name, title);
    if (code == CODE_OK)
        code = write_editor_files(&pool, folder);
    free(folder);
    pool_close(&pool);
    return code;
}
