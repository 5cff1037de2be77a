/* version.c: which program this is.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/version.h"

#include "cli/cluster.h"

#include "build_info.h"

#include <dlfcn.h>
#include <nettle/version.h>
#include <string.h>

#define TEXT_OF(number) #number
#define TEXT(macro)     TEXT_OF(macro)

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

const char *version_number(void)
{
    return KONSENTO_VERSION;
}

const char *version_commit(void)
{
    return KONSENTO_BUILD_COMMIT;
}

const char *version_changes(void)
{
    return KONSENTO_BUILD_CHANGES;
}

void version_name(char name[VERSION_NAME_BYTES])
{
    const char *changes = version_changes();
    snprintf(name, VERSION_NAME_BYTES, "%s %s%s%s", version_number(), version_commit(),
             changes[0] != '\0' ? " changed " : "", changes);
}

const char *version_compiler(void)
{
    return COMPILER;
}

const char *version_flags(void)
{
    return KONSENTO_BUILD_TYPE " " KONSENTO_BUILD_FLAGS;
}

/* The libraries are asked by name: their headers belong to the folders that use them. A function is copied out of the
 * pointer that dlsym gives, the way POSIX has it. */
static bool find_symbol(void *symbol, const char *name)
{
    void *found = dlsym(RTLD_DEFAULT, name);
    memcpy(symbol, &found, sizeof found);
    return found != NULL;
}

static void gsl_running(char *text, size_t size)
{
    const char *const *version;
    snprintf(text, size, "%s", find_symbol(&version, "gsl_version") ? *version : "unknown");
}

static void hdf5_running(char *text, size_t size)
{
    int (*ask)(unsigned *major, unsigned *minor, unsigned *release);
    unsigned major = 0, minor = 0, release = 0;
    if (find_symbol(&ask, "H5get_libversion") && ask(&major, &minor, &release) >= 0)
        snprintf(text, size, "%u.%u.%u", major, minor, release);
    else
        snprintf(text, size, "unknown");
}

/* "$LuaVersion: Lua 5.4.4  Copyright …" -> "5.4.4": the one place where the library tells its release. */
static void lua_running(char *text, size_t size)
{
    const char *ident;
    const char *from = find_symbol(&ident, "lua_ident") ? strstr(ident, "Lua ") : NULL;
    from = from != NULL ? from + strlen("Lua ") : "";
    int length = (int)strspn(from, "0123456789.");
    snprintf(text, size, "%.*s", length > 0 ? length : (int)strlen("unknown"), length > 0 ? from : "unknown");
}

static void nettle_running(char *text, size_t size)
{
    snprintf(text, size, "%d.%d", nettle_version_major(), nettle_version_minor());
}

void version_libraries(struct version_library libraries[VERSION_LIBRARIES])
{
    static const struct {
        const char *name, *built;
        void (*running)(char *text, size_t size);
    } table[VERSION_LIBRARIES] = {
        {"GSL", KONSENTO_BUILT_GSL, gsl_running},
        {"HDF5", KONSENTO_BUILT_HDF5, hdf5_running},
        {"Lua", KONSENTO_BUILT_LUA, lua_running},
        {"nettle", TEXT(NETTLE_VERSION_MAJOR) "." TEXT(NETTLE_VERSION_MINOR), nettle_running},
    };
    for (size_t i = 0; i < VERSION_LIBRARIES; i++) {
        libraries[i].name = table[i].name;
        libraries[i].built = table[i].built;
        table[i].running(libraries[i].running, sizeof libraries[i].running);
    }
}

void version_hdf5_variant(char *text, size_t size)
{
    int (*ask)(bool *threadsafe);
    void *mpi;
    bool threadsafe = false;
    bool asked = find_symbol(&ask, "H5is_library_threadsafe") && ask(&threadsafe) >= 0;
    snprintf(text, size, "%s, %s", find_symbol(&mpi, "H5Pset_fapl_mpio") ? "parallel" : "serial",
             !asked       ? "threads unknown"
             : threadsafe ? "threadsafe"
                          : "not threadsafe");
}

void version_print(FILE *out, bool verbose)
{
    struct version_library libraries[VERSION_LIBRARIES];
    char variant[64];
    fprintf(out, "konsento %s\n", version_number());
    if (!verbose)
        return;
    version_libraries(libraries);
    version_hdf5_variant(variant, sizeof variant);
    fprintf(out, "commit    %s%s\n", version_commit(), version_changes()[0] != '\0' ? " (files differ from it)" : "");
    fprintf(out, "compiler  %s\n", version_compiler());
    fprintf(out, "flags     %s\n", version_flags());
    for (size_t i = 0; i < VERSION_LIBRARIES; i++)
        fprintf(out, "%-9s built with %s, running %s%s%s%s\n", libraries[i].name, libraries[i].built,
                libraries[i].running, i == 1 ? " (" : "", i == 1 ? variant : "", i == 1 ? ")" : "");
    fprintf(out, "MPI       %s\n", cluster_library());
}
