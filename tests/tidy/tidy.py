# tidy.py: the rules of docs/house.md that a program can check. Usage: tidy.py RULE ROOT
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule is a function that takes the house and yields one line per fault: file:line: what is wrong."""
import os
import re
import sys

CODE_FOLDERS = ("protocol", "sim", "models", "hwbridge", "scenarios", "analysis", "cli")
KINDS = ("[real]", "[engine]", "[model]", "[measured]")

# The arrows of docs/house.md: folder -> folders it may include from (its own is always allowed).
ARROWS = {
    "protocol/bitcoin": [],
    "protocol/lightning": ["protocol/bitcoin"],
    "sim": [],
    "models": ["sim", "protocol/bitcoin", "protocol/lightning"],
    "hwbridge": ["sim"],
    "analysis": [],
    "scenarios/lang": ["models", "sim"],
    "cli": ["scenarios/lang", "models", "sim", "analysis", "hwbridge", "protocol/bitcoin"],
}
# Library headers that one folder alone may include.
OWNED_HEADERS = {"hdf5": ["analysis"], "lua": ["scenarios/lang"], "gsl/": ["sim", "models", "analysis", "scenarios/lang", "cli"],
                 "nettle/": ["sim", "hwbridge", "protocol/bitcoin", "protocol/lightning", "models", "analysis", "scenarios/lang", "cli"],
                 "secp256k1": ["protocol/bitcoin", "protocol/lightning"], "mosquitto": ["hwbridge"],
                 "libwebsockets": ["hwbridge"], "modbus": ["hwbridge"], "mpi.h": ["cli"]}
# Calls that no code outside the tests makes, and calls that only the named files may make.
BANNED_CALLS = r"\b(gets|strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|rand|srand|random|drand48|alloca|system|setlocale)\s*\("
BANNED_CLOCK = r"\b(time|clock|gettimeofday|clock_gettime|localtime|localtime_r|gmtime|ctime|nanosleep|clock_nanosleep|usleep|sleep)\s*\("
CLOCK_ALLOWED = ("cli/", "sim/pace.c", "scenarios/lang/watchdog.c", "hwbridge/")
BANNED_PRINT = r"(?<![\w.>])(printf|puts|putchar|perror|vprintf)\s*\(|\b(stdout|stderr)\b"
PROTOCOL_BANNED = r"\b(fopen|open|socket|pthread_\w+|getrandom|getenv)\s*\(|\b(double|float)\b"

FILE_LIMIT, HEADER_LIMIT, FUNCTION_LIMIT = 600, 200, 70


class House:
    def __init__(self, root):
        self.root = root
        self.texts = {}
        for folder in CODE_FOLDERS + ("tests",):
            for base, folders, files in os.walk(os.path.join(root, folder)):
                folders[:] = sorted(f for f in folders if f not in ("corpus", "node_modules", "__pycache__"))
                for name in sorted(files):
                    path = os.path.relpath(os.path.join(base, name), root)
                    if name.endswith((".c", ".h")):
                        with open(os.path.join(base, name), encoding="utf-8") as file:
                            self.texts[path] = file.read()

    def code(self):
        return {p: t for p, t in self.texts.items() if not p.startswith("tests/")}


def folder_of(path):
    for folder in ARROWS:
        if path.startswith(folder + "/"):
            return folder
    return None


def without_comments(text):
    """Comments and strings become blanks; line numbers stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def find(pattern, text):
    bare = without_comments(text)
    for match in re.finditer(pattern, bare):
        yield bare.count("\n", 0, match.start()) + 1, match.group(0).strip()


def first_lines(house):
    for path, text in house.texts.items():
        first = text.split("\n", 1)[0]
        name = os.path.basename(path)
        if not first.startswith("/* %s: " % name):
            yield "%s:1: the first line must begin with '/* %s: '" % (path, name)
        if not first.rstrip(" */").endswith(KINDS):
            yield "%s:1: the first line must name its kind, one of %s" % (path, " ".join(KINDS))


def spdx(house):
    for path, text in house.texts.items():
        licence = "MIT" if path.startswith("protocol/") else "GPL-3.0-or-later"
        if "SPDX-License-Identifier: " + licence not in "\n".join(text.split("\n")[:4]):
            yield "%s:2: no line 'SPDX-License-Identifier: %s' among the first four" % (path, licence)


def includes(house):
    for path, text in house.code().items():
        here = folder_of(path)
        if here is None:
            yield "%s:1: stands in no folder of the plan" % path
            continue
        for number, line in enumerate(text.split("\n"), 1):
            match = re.match(r'\s*#\s*include\s+[<"]([^>"]+)[>"]', line)
            if not match:
                continue
            there = folder_of(match.group(1))
            if there and there != here and there not in ARROWS[here]:
                yield "%s:%d: %s may not include from %s" % (path, number, here, there)
            for header, owners in OWNED_HEADERS.items():
                if match.group(1).startswith(header) and here not in owners:
                    yield "%s:%d: %s may not include <%s>" % (path, number, here, match.group(1))


def circles(house):
    code = house.code()
    graph = {p: [i for i in re.findall(r'#\s*include\s+"([^"]+)"', t) if i in code] for p, t in code.items()}
    # A source and its header are one room.
    room = {p: re.sub(r"\.[ch]$", "", p) for p in code}
    edges = {}
    for path, targets in graph.items():
        edges.setdefault(room[path], set()).update(room[t] for t in targets if room[t] != room[path])
    state = {}

    def visit(node, trail):
        state[node] = 1
        for target in sorted(edges.get(node, ())):
            if state.get(target) == 1:
                yield "circle: " + " -> ".join(trail[trail.index(target):] + [target]) if target in trail else target
            elif target not in state:
                yield from visit(target, trail + [target])
        state[node] = 2

    for node in sorted(edges):
        if node not in state:
            yield from visit(node, [node])


def banned_calls(house):
    for path, text in house.code().items():
        for line, call in find(BANNED_CALLS, text):
            yield "%s:%d: banned call %s" % (path, line, call)
    for path, text in house.code().items():
        if not path.startswith(CLOCK_ALLOWED):
            for line, call in find(BANNED_CLOCK, text):
                yield "%s:%d: reads or waits for the wall clock: %s" % (path, line, call)
        if path.startswith("protocol/"):
            for line, call in find(PROTOCOL_BANNED, text):
                yield "%s:%d: protocol/ has no %s" % (path, line, call)


def printing(house):
    for path, text in house.code().items():
        if not path.startswith("cli/"):
            for line, call in find(BANNED_PRINT, text):
                yield "%s:%d: nothing below cli/ prints: %s" % (path, line, call)


def sizes(house):
    for path, text in house.texts.items():
        lines = text.count("\n")
        limit = HEADER_LIMIT if path.endswith(".h") and not path.startswith("tests/") else FILE_LIMIT
        if lines > limit:
            yield "%s:%d: %d lines, at most %d" % (path, lines, lines, limit)


def function_lengths(text):
    """(line, name, length) of each function of a source formatted by .clang-format: its '{' stands alone in column 0."""
    lines = without_comments(text).split("\n")
    raw = text.split("\n")
    for start, line in enumerate(lines):
        if line.rstrip() != "{":
            continue
        head = next((i for i in range(start - 1, -1, -1) if re.match(r"\w", raw[i])), start)
        match = re.search(r"(\w+)\s*\(", lines[head])
        end = next((i for i in range(start, len(lines)) if lines[i].startswith("}")), len(lines))
        if match:
            yield head + 1, match.group(1), end - start - 1


def functions(house):
    lengths = []
    for path, text in house.texts.items():
        for line, name, length in function_lengths(text):
            if not path.startswith("tests/"):
                lengths.append(length)
            if length > FUNCTION_LIMIT and "table" not in name:
                yield "%s:%d: %s has %d lines, at most %d" % (path, line, name, length, FUNCTION_LIMIT)
    lengths.sort()
    if lengths:
        median, p90 = lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10]
        print("%d functions, median %d lines, p90 %d, longest %d" % (len(lengths), median, p90, lengths[-1]))
        if median > 12 or p90 > 40:
            yield "functions: median %d (at most 12), p90 %d (at most 40)" % (median, p90)


def words(house):
    for path, text in house.texts.items():
        for line, word in find(r"\b\w+_(kw|mwh|mj)\b", text):
            yield "%s:%d: banned unit suffix in %s" % (path, line, word)
        for line, word in find(r"\btypedef\s+struct\b", text):
            yield "%s:%d: no typedef for structs" % (path, line)
    for path, text in house.texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                yield "%s:%d: unfinished: %s" % (path, number, line.strip())


def paths(house):
    """No absolute path of somebody's machine in any text file of the tree."""
    pattern = re.compile(r"(?<![\w.])/(work|home|Users|root)/\w+")
    for base, folders, files in os.walk(house.root):
        folders[:] = sorted(f for f in folders if f not in (".git", "build", "runs", "node_modules", "corpus"))
        for name in sorted(files):
            path = os.path.join(base, name)
            try:
                with open(path, encoding="utf-8") as file:
                    lines = file.read().split("\n")
            except (UnicodeDecodeError, OSError):
                continue
            for number, line in enumerate(lines, 1):
                if pattern.search(line) and name != "tidy.py":
                    yield "%s:%d: path of a machine: %s" % (os.path.relpath(path, house.root), number, line.strip()[:80])


def licences(house):
    for path, start in (("LICENSE", "GNU GENERAL PUBLIC LICENSE"), ("protocol/LICENSE", "MIT License")):
        with open(os.path.join(house.root, path), encoding="utf-8") as file:
            if start not in file.read(200):
                yield "%s:1: must be the %s" % (path, start)


def self_test(_):
    """The rules find planted faults: a rule that cannot fail is no rule."""
    bad = House.__new__(House)
    bad.root = "."
    bad.texts = {
        "sim/a.c": "/* b.c: wrong name */\n#include \"models/m.h\"\n#include <hdf5.h>\nint f(void)\n{\n"
                   + "    x();\n" * 80 + "}\n/* TODO */\nstatic long x_kw; void g(void)\n{\n    printf(\"a\"); time(0); atoi(s);\n}\n",
        "sim/p.c": "/* p.c: p [engine] */\n#include \"sim/q.h\"\n",
        "sim/q.h": "/* q.h: q [engine] */\n#include \"sim/p.h\"\n",
        "sim/p.h": "/* p.h: p [engine] */\n" + "\n" * 700,
    }
    for rule in (first_lines, spdx, includes, circles, banned_calls, printing, sizes, functions, words):
        if not list(rule(bad)):
            yield "rule %s does not find its planted fault" % rule.__name__


RULES = {f.__name__: f for f in (first_lines, spdx, includes, circles, banned_calls, printing, sizes, functions, words,
                                 paths, licences, self_test)}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in RULES:
        print("usage: tidy.py RULE ROOT; rules: " + " ".join(RULES))
        return 2
    faults = list(RULES[sys.argv[1]](House(sys.argv[2])))
    for fault in faults:
        print(fault)
    print("%s: %d faults" % (sys.argv[1], len(faults)))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
