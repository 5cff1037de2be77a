/* test_sandbox.c: what a hostile or careless scenario tries, and that it ends soon and well.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/scenarios/reading.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double processor_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The text must be refused in these words, within a bounded time, and with its line unless that is 0. */
static void assert_refused(const char *text, const char *part, unsigned line)
{
    const struct scenario_limits limits = {.instructions = 5000000};
    double begin = processor_s();
    struct reading *reading = reading_text(text, NULL, &limits);
    double took = processor_s() - begin;
    if (reading->good)
        fail_msg("was taken: %s", text);
    reading_assert_told(reading, part);
    if (line > 0)
        assert_int_equal(reading->diagnostics[0].line, line);
    if (took > 20)
        fail_msg("%.1f s for %s", took, text);
    reading_close(reading);
}

static void endless_loops_are_stopped(void **state)
{
    (void)state;
    assert_refused("while true do end", "too many instructions", 1);
    assert_refused("\n\nlocal function f() return f() end\nf()", "too many instructions", 3);
    assert_refused("for i = 1, math.huge do local x = {} end", "too many instructions", 1);
    assert_refused("goto a ::a:: goto a", "too many instructions", 1);
}

static void pcall_does_not_swallow_the_stop(void **state)
{
    (void)state;
    assert_refused("while true do pcall(function() while true do end end) end", "too many instructions", 1);
    assert_refused("local function f() pcall(f) while true do end end f()", "stopped", 1);
    assert_refused("xpcall(function() while true do end end, function() while true do end end) while true do end",
                   "too many instructions", 1);
}

static void coroutines_do_not_swallow_the_stop(void **state)
{
    (void)state;
    assert_refused("while true do pcall(coroutine.wrap(function() while true do end end)) end", "too many instructions",
                   1);
    assert_refused("local function spin() while true do end end\n"
                   "local function f() local x <close> = setmetatable({}, { __close = spin }) spin() end\n"
                   "pcall(coroutine.wrap(f))\n"
                   "local c = coroutine.create(f) coroutine.resume(c) coroutine.close(c)",
                   "too many instructions", 0);
    assert_refused("local c = coroutine.create(function() while true do coroutine.yield() end end)\n"
                   "while true do coroutine.resume(c) end",
                   "too many instructions", 0);
}

static void metamethods_do_not_swallow_the_stop(void **state)
{
    (void)state;
    assert_refused("local t = setmetatable({}, { __index = function(t, k) while true do end end }) local x = t.y",
                   "too many instructions", 1);
    assert_refused("table.sort({ 3, 2, 1 }, function() while true do end end)", "too many instructions", 1);
    assert_refused("string.gsub('a', 'a', function() while true do end end)", "too many instructions", 1);
}

static void memory_bombs_hit_the_cap(void **state)
{
    (void)state;
    assert_refused("local t = {}\nfor i = 1, 1e9 do t[i] = ('x'):rep(100000) .. i end", "not enough memory", 2);
    assert_refused("local s = ('x'):rep(1 << 30)", "not enough memory", 0);
    assert_refused("local s = ('x'):rep(1 << 62)", "resulting string too large", 1);
    assert_refused("local s = 'x' while true do s = s .. s end", "not enough memory", 0);
    assert_refused("local t = table.pack(('x'):byte(1, -1)) local function f() return f() .. 'x' end f()", "", 0);
    assert_refused("local t = {} while true do t = { t } end", "", 0);
}

static void endless_recursion_ends(void **state)
{
    (void)state;
    assert_refused("local function f() return 1 + f() end\nf()", "", 0);
    assert_refused(
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end local x = t.y",
        "stack overflow", 1);
    assert_refused("local s = '(' .. ('('):rep(100000) return s:match(s)", "", 0);
}

static void deep_nesting_in_the_text_is_refused(void **state)
{
    (void)state;
    char *text = calloc(1, 400001);
    snprintf(text, 400001, "return ");
    memset(text + 7, '{', 100000);
    assert_refused(text, "C stack overflow", 0);
    memset(text + 7, '(', 100000);
    assert_refused(text, "C stack overflow", 0);
    free(text);
}

static void the_world_outside_is_not_there(void **state)
{
    (void)state;
    static const char *const names[] = {"os",      "io",      "load",    "loadstring", "loadfile",       "dofile",
                                        "debug",   "package", "_G",      "_ENV._G",    "collectgarbage", "module",
                                        "setfenv", "getfenv", "newproxy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[100];
        snprintf(text, sizeof text, "\nlocal x = %s", names[i]);
        assert_refused(text, "", 2);
    }
    assert_refused("os.execute('true')", "'os' is not available: a scenario has no clock", 1);
    assert_refused("local x = string.dump(print)", "string has no 'dump' here", 1);
    assert_refused("local x = math.random()", "use k.rng", 1);
    assert_refused("local x = coroutine.nonsense", "coroutine has no 'nonsense'", 1);
    assert_refused("require 'os'", "cannot be read", 1);
    assert_refused("require '/etc/passwd'", "not a file below", 1);
    assert_refused("require '..x'", "not a file below", 1);
    assert_refused("require('konsento').include '../x.lua'", "not a file below", 1);
    assert_refused("require('konsento').include '/etc/passwd'", "not a file below", 1);
    assert_refused("require('konsento').include 'scenarios'", "is a folder", 1);
}

static void nothing_shared_can_be_changed(void **state)
{
    (void)state;
    assert_refused("x = 1", "write local x", 1);
    assert_refused("function f() end", "write local f", 1);
    assert_refused("string.format = nil", "string is read-only", 1);
    assert_refused("math.pi = 3", "math is read-only", 1);
    assert_refused("rawset(string, 'x', 1)", "read-only", 1);
    assert_refused("setmetatable(string, {})", "read-only", 1);
    assert_refused("getmetatable('').__index = nil", "attempt to index a string value", 0);
    assert_refused("require('konsento').building = nil", "k is read-only", 1);
    assert_refused("require('konsento').rail.cloud = nil", "k.rail is read-only", 1);
    assert_refused("setmetatable({}, { __gc = function() end })", "__gc is not available", 1);
    assert_refused("setmetatable({}, { __mode = 'k' })", "__mode is not available", 1);
    assert_refused("rawset(getmetatable(string), 'x', 1)", "", 1);
}

static void addresses_are_not_shown(void **state)
{
    (void)state;
    struct reading *reading =
        reading_text("local k = require 'konsento'\n"
                     "local c = coroutine.create(function() end)\n"
                     "k.note(tostring({}), tostring(print), tostring(c), k.rng 'x', k.building {})\n"
                     "k.note(string.format('%s %s %10s', {}, print, c), ('%s'):format({}))\n"
                     "print({}, 1, nil, true)\n",
                     NULL, NULL);
    reading_assert_told(reading, "3:1: note: table function thread userdata table\n");
    reading_assert_told(reading, "4:1: note: table function     thread table\n");
    reading_assert_told(reading, "5:1: note: table 1 nil true\n");
    reading_close(reading);
    assert_refused("local s = ('%p'):format({})", "shows an address", 1);
    assert_refused("local s = ('%-20p'):format({})", "shows an address", 1);
    assert_refused("error({})", "an error that is no text but a table", 1);
    assert_refused("error(setmetatable({}, { __tostring = function() return 'told' end }))", "no text", 1);
}

static void traversal_is_sorted_and_sorting_stable(void **state)
{
    (void)state;
    struct reading *reading = reading_text(
        "local k = require 'konsento'\n"
        "local t, s = { zeta = 1, alpha = 2, [10] = 3, [2] = 4, [2.5] = 5, mid = 6, [-1] = 7, Beta = 8 }, {}\n"
        "for key, v in pairs(t) do s[#s + 1] = tostring(key) end\n"
        "k.note(table.concat(s, ' '))\n"
        "local key, seen = next(t), {}\n"
        "while key ~= nil do seen[#seen + 1] = tostring(key); key = next(t, key) end\n"
        "k.note(table.concat(seen, ' '))\n"
        "local list = {}\n"
        "for i = 1, 300 do list[i] = { i % 7, i } end\n"
        "table.sort(list, function(a, b) return a[1] < b[1] end)\n"
        "for i = 2, 300 do assert(list[i - 1][1] < list[i][1] or list[i - 1][1] == list[i][1] and list[i - 1][2] < "
        "list[i][2]) end\n"
        "for key in pairs(t) do t[key] = nil end\n"
        "k.note(next(t), #s)\n"
        "local p = {} for name in pairs(string) do p[#p + 1] = name end\n"
        "k.note(table.concat(p, ' '))\n",
        NULL, NULL);
    reading_assert_told(reading, "4:1: note: -1 2 2.5 10 Beta alpha mid zeta\n");
    reading_assert_told(reading, "7:1: note: -1 2 2.5 10 Beta alpha mid zeta\n");
    reading_assert_told(reading, "13:1: note: nil 8\n");
    reading_assert_told(reading, "15:1: note: byte char find format");
    reading_close(reading);
    assert_refused("for k in pairs({ [{}] = 1 }) do end", "has no order", 1);
    assert_refused("for k in pairs({ [true] = 1 }) do end", "has no order", 1);
    assert_refused("next({ [print] = 1 })", "has no order", 1);
}

static void bytecode_and_binary_files_are_refused(void **state)
{
    (void)state;
    static const char bytecode[] = "\x1bLua\x54\x00\x19\x93\r\n";
    static const char binary[] = "local x = 1\0 return";
    char *large = malloc((1 << 20) + 2);
    memset(large, ' ', (1 << 20) + 2);
    const struct {
        const char *bytes;
        size_t size;
        const char *part;
    } files[] = {{bytecode, sizeof bytecode - 1, "is binary"},
                 {binary, sizeof binary - 1, "is binary"},
                 {"", 0, "is empty"},
                 {" \n\n ", 4, "is empty"},
                 {large, (1 << 20) + 1, "larger than 1 MiB"},
                 {"-- only a remark\n", 17, "returns nothing"}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct reading *reading = reading_file(reading_write("bad.lua", files[i].bytes, files[i].size), NULL);
        assert_false(reading->good);
        reading_assert_told(reading, files[i].part);
        reading_close(reading);
    }
    free(large);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    char path[200];
    struct reading *reading = reading_file("no-such-file.lua", NULL);
    reading_assert_told(reading, "0:0: cannot be read: No such file or directory");
    reading_close(reading);
    reading = reading_file(reading_folder(), NULL);
    reading_assert_told(reading, "is a folder");
    reading_close(reading);
    reading = reading_file("/dev/zero", NULL);
    reading_assert_told(reading, "is not a file");
    reading_close(reading);
    snprintf(path, sizeof path, "%s/pipe", reading_folder());
    assert_int_equal(mkfifo(path, 0600), 0);
    reading = reading_file(path, NULL);
    reading_assert_told(reading, "is not a file");
    reading_close(reading);
}

static void links_out_of_the_folder_are_refused(void **state)
{
    (void)state;
    char path[200];
    snprintf(path, sizeof path, "%s/out.lua", reading_folder());
    assert_int_equal(symlink("/etc/hostname", path), 0);
    static const char text[] = "return require('konsento').include 'out.lua'";
    struct reading *reading = reading_file(reading_write("in.lua", text, sizeof text - 1), NULL);
    reading_assert_told(reading, "leads out of the scenario's folder");
    reading_close(reading);
}

static void told_hung(const char *what)
{
    _exit(strstr(what, "test.lua") != NULL ? 42 : 43);
}

/* A C function that never looks can only be left by ending the process. */
static void a_pathological_pattern_is_told_by_the_watchdog(void **state)
{
    (void)state;
    static const char text[] = "local s = string.find(('a'):rep(35), ('a?'):rep(35) .. ('a'):rep(35))";
    const struct scenario_limits limits = {.callback_us = 200000, .hung = told_hung};
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        reading_text(text, NULL, &limits);
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void without_a_handler_the_watchdog_aborts(void **state)
{
    (void)state;
    static const char text[] = "local s = string.find(('a'):rep(35), ('a?'):rep(35) .. ('a'):rep(35))";
    const struct scenario_limits limits = {.callback_us = 50000};
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        alarm(60);
        reading_text(text, NULL, &limits);
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* A slow loop within the instruction budget is stopped by the watchdog while loading, too. */
static void the_watchdog_stops_a_slow_load(void **state)
{
    (void)state;
    const struct scenario_limits limits = {.instructions = UINT64_C(1) << 60, .callback_us = 100000};
    struct reading *reading = reading_text("\nwhile true do pcall(error) end", NULL, &limits);
    reading_assert_told(reading, "2:1: stopped: it took too long");
    reading_close(reading);
}

/* Whatever the cap, the answer is a scenario or a message, never a crash. */
static void any_memory_cap_is_survived(void **state)
{
    (void)state;
    char text[20000];
    snprintf(text, sizeof text, "%s",
             reading_scenario("tariff = function(t) return t.hour end, thresholds = { 'revenue > 0' }"));
    bool good = false;
    size_t refusals = 0;
    for (size_t cap = 1000; cap < 400000 && !good; cap += cap / 200 + 1) {
        const struct scenario_limits limits = {.memory_bytes = cap};
        struct reading *reading = reading_text(text, NULL, &limits);
        good = reading->good;
        refusals += !good;
        if (!good)
            reading_assert_told(reading, "not enough memory");
        reading_close(reading);
    }
    assert_true(good);
    assert_true(refusals > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endless_loops_are_stopped),
        cmocka_unit_test(pcall_does_not_swallow_the_stop),
        cmocka_unit_test(coroutines_do_not_swallow_the_stop),
        cmocka_unit_test(metamethods_do_not_swallow_the_stop),
        cmocka_unit_test(memory_bombs_hit_the_cap),
        cmocka_unit_test(endless_recursion_ends),
        cmocka_unit_test(deep_nesting_in_the_text_is_refused),
        cmocka_unit_test(the_world_outside_is_not_there),
        cmocka_unit_test(nothing_shared_can_be_changed),
        cmocka_unit_test(addresses_are_not_shown),
        cmocka_unit_test(traversal_is_sorted_and_sorting_stable),
        cmocka_unit_test(bytecode_and_binary_files_are_refused),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(links_out_of_the_folder_are_refused),
        cmocka_unit_test(a_pathological_pattern_is_told_by_the_watchdog),
        cmocka_unit_test(without_a_handler_the_watchdog_aborts),
        cmocka_unit_test(the_watchdog_stops_a_slow_load),
        cmocka_unit_test(any_memory_cap_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
