#!/usr/bin/env python3
# report_page.py PROGRAM SOURCE [SHOTS]: the report of a four-rail sweep as its reader meets it: valid, quiet, readable.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tidy reads the page, headless Chromium shows it from a file, 1280 and 400 pixels wide, light and dark, and prints it. Pictures
# are left in the folder SHOTS for human eyes. Exit 77 where there is no chromium or no tidy.
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

BYTES_MAX = 1000000
SWEEP = ["--axis", "cars=4,8,12", "--set", "days=3", "--reps", "4", "--events", "session,payment,message", "-q"]
SECTIONS = ["Scoreboard", "Thresholds", "Headline", "Time to power", "Load", "What the swept parameters do", "How much",
            "What fees, losses", "Convergence", "One session", "Provenance"]
STEPS = ["kWh", "in a block", "update_add_htlc", "commitment_signed", "revoke_and_ack", "update_fulfill_htlc"]
RAILS = ["card", "confirmed_0", "confirmed_1", "hub"]
SCENARIO = """local k = require "konsento"
local p = k.params { days = k.param { 3, min = 1, max = 30, help = "days" }, cars = k.param { 8, min = 1, max = 50, help = "cars" } }
return k.scenario {
    name = "Four rails", duration = p.days * 86400, replications = 4,
    building = k.building { flats = 20, outlets = k.outlets { count = 4 } },
    fleet = k.fleet.cars { count = p.cars },
    chain = k.chain { era = "2018-03" },
    rails = {
        k.rail.cloud { name = "card" },
        k.rail.onchain { name = "confirmed_0", confirmations = 0 },
        k.rail.onchain { name = "confirmed_1", confirmations = 1 },
        k.rail.lightning { name = "hub", topology = "hub" },
    },
    thresholds = { "time_to_power.p50 < 2 s where rail=hub", "fee.share < 30 %" },
}
"""

# Everything that one look at the page tells, at the width and in the colours that are set.
LOOK = r"""(() => {
  const wrong = [], box = (one) => one.getBoundingClientRect(), words = (one) => one.textContent.trim();
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) wrong.push(`the page is ${root.scrollWidth} pixels wide`);
  const rgb = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (one) => { for (; one; one = one.parentElement) { const c = rgb(getComputedStyle(one).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  const shade = (one) => { let part = 1; for (; one; one = one.parentElement) part *= getComputedStyle(one).opacity; return part; };
  const contrast = (one) => { const svg = one.closest("svg"), style = getComputedStyle(one), back = ground(one), part = shade(one);
    const ink = rgb(svg ? style.fill : style.color).map((v, i) => v * part + back[i] * (1 - part));
    const [a, b] = [light(ink), light(back)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), seen = new Set();
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (seen.has(one) || walker.currentNode.data.trim() === "" || box(one).height === 0) continue;
    seen.add(one);
    if (contrast(one) < 4.5) wrong.push(`"${words(one).slice(0, 40)}" has a contrast of ${contrast(one).toFixed(1)}`);
    if (!one.closest("svg") && parseFloat(getComputedStyle(one).fontSize) < 10) wrong.push(`"${words(one)}" is small`);
  }
  let charts = 0, sequences = 0;
  for (const figure of document.querySelectorAll("figure")) {
    const name = words(figure.querySelector("figcaption")), svg = figure.querySelector(":scope > svg[role=img][aria-label]");
    const say = (what) => wrong.push(`figure "${name}": ${what}`);
    if (!svg) { say("has no picture"); continue; }
    const texts = [...svg.querySelectorAll("text")], frame = box(svg);
    const turned = (text) => { const m = text.getCTM(); return Math.abs(m.b) > 0.01 * Math.abs(m.a) || m.a < 0; };
    for (const text of texts) {
      const b = box(text), height = parseFloat(getComputedStyle(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b);
      if (height < 8) say(`"${words(text)}" is ${height.toFixed(1)} pixels high`);
      if (b.left < frame.left - 2 || b.right > frame.right + 2 || b.top < frame.top - 2 || b.bottom > frame.bottom + 2) say(`"${words(text)}" is cut off`);
    }
    const flat = texts.filter((text) => !turned(text)).map((text) => [text, box(text)]);
    flat.forEach(([one, a], i) => flat.slice(i + 1).forEach(([other, b]) => {
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
        say(`"${words(one)}" and "${words(other)}" lie on each other`); }));
    if (svg.getAttribute("aria-label") === "sequence of one session") { sequences++; continue; }
    charts++;
    const upright = (text) => Math.abs(text.getCTM().a) < 0.01 * Math.abs(text.getCTM().b);
    const across = texts.filter(upright).map(words), below = flat.map(([text, b]) => [b.bottom, words(text)]).sort((x, y) => y[0] - x[0])[0];
    if (across.length !== 1 || !/ \[.+\]$/.test(across[0])) say(`its y axis is called "${across}"`);
    if (!below || /^[\d.e+-]+$/.test(below[1])) say("its x axis has no title");
    else if (!/ \[.+\]$/.test(below[1]) && !["rail", "parameter"].includes(below[1])) say(`its x axis is called "${below[1]}"`);
  }
  const told = [...document.querySelectorAll('svg[aria-label="sequence of one session"] text')].map(words).join("\n");
  return { wrong, charts, sequences, told, headings: [...document.querySelectorAll("h2")].map(words), height: root.scrollHeight };
})()"""


def need(condition, text):
    if not condition:
        sys.exit(f"report_page: {text}")


# How many colours a PNG of Chromium has (8 bits, RGB or RGBA, no interlace), of at most so many lines.
def colours(png, lines=400):
    place, data, width, channels = 8, b"", 0, 3
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place:place + 8])
        body = png[place + 8:place + 8 + length]
        if kind == b"IHDR":
            width, channels = struct.unpack(">I", body[:4])[0], 4 if body[9] == 6 else 3
        data += body if kind == b"IDAT" else b""
        place += length + 12
    raw, row, found = zlib.decompress(data), width * channels, set()
    above = bytearray(row)
    for line in range(min(lines, len(raw) // (row + 1))):
        how, now = raw[line * (row + 1)], bytearray(raw[line * (row + 1) + 1:(line + 1) * (row + 1)])
        for i in range(row):
            left, up, corner = (now[i - channels] if i >= channels else 0), above[i], (above[i - channels] if i >= channels else 0)
            guess = left + up - corner
            paeth = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            now[i] = (now[i] + (0, left, up, (left + up) // 2, paeth)[how]) & 255
        found.update(bytes(now[i:i + 3]) for i in range(0, row, channels))
        above = now
    return len(found)


def make(program, folder):
    with open(os.path.join(folder, "four.lua"), "w", encoding="utf-8") as file:
        file.write(SCENARIO)
    done = subprocess.run([program, "sweep", "four.lua", *SWEEP, "-o", "out"], cwd=folder, capture_output=True, text=True)
    need(done.returncode in (0, 3, 4), done.stdout + done.stderr)
    page = os.path.join(folder, "out", "report.html")
    need(os.path.getsize(page) <= BYTES_MAX, f"the report has {os.path.getsize(page)} bytes")
    plain = os.path.join(folder, "out", "plain.html")
    subprocess.run([program, "report", "out", "-o", plain], cwd=folder, check=True, capture_output=True,
                   env=dict(os.environ, KONSENTO_GNUPLOT="none"))
    return page, plain


def validate(page):
    said = subprocess.run(["tidy", "-quiet", "-errors", "--show-warnings", "yes", "--show-info", "no", page], capture_output=True, text=True)
    need(said.returncode == 0 and said.stderr == "", f"tidy: {said.stderr[:2000]}")


def look_at_plain(page):
    with chrome.Chrome(chrome.find()) as browser:
        browser.width(400)
        browser.open(page)
        told = browser.run(LOOK)
        need(not told["wrong"], "without gnuplot:\n  " + "\n  ".join(told["wrong"][:20]))
        need(browser.noise() == ([], []), "without gnuplot: the page is not quiet")


def look(page, shots):
    with chrome.Chrome(chrome.find()) as browser:
        browser.open(page)
        for width in (1280, 400):
            for scheme in ("light", "dark"):
                browser.width(width)
                browser.scheme(scheme)
                told = browser.run(LOOK)
                need(not told["wrong"], f"{width} pixels, {scheme}:\n  " + "\n  ".join(told["wrong"][:20]))
                need(told["charts"] >= 10 and told["sequences"] == len(RAILS), f"{told['charts']} charts, {told['sequences']} sequences")
                for want in SECTIONS:
                    need(any(one.startswith(want) for one in told["headings"]), f"no section {want}: {told['headings']}")
                for want in STEPS:
                    need(want in told["told"], f"no {want} in a session: {told['told'][:500]}")
                png = browser.shot({"x": 0, "y": 0, "width": width, "height": 400})
                need(colours(png, 200) > 20, f"the picture at {width} pixels is empty")
                if shots is not None:
                    with open(os.path.join(shots, f"report-{width}-{scheme}.png"), "wb") as file:
                        file.write(browser.shot({"x": 0, "y": 0, "width": width, "height": told["height"]}))
        need(browser.ask("Page.printToPDF")["data"][:5] == "JVBER", "it does not print") # %PDF
        said, asked = browser.noise()
        need(not said, f"the console says: {said}")
        need(not asked, f"the page asks for: {asked}")


def main(program, source, shots=None):
    global chrome
    sys.path.insert(0, os.path.join(source, "tests", "support"))
    import chrome
    for name, found in (("chromium", chrome.find()), ("tidy", shutil.which("tidy"))):
        if not found:
            print(f"skipped: no {name}")
            sys.exit(77)
    folder = tempfile.mkdtemp(prefix="report-")
    try:
        page, plain = make(os.path.abspath(program), folder)
        for one in (page, plain):
            validate(one)
        look(page, shots)
        look_at_plain(plain)
        print(f"report: {os.path.getsize(page)} bytes, valid, quiet, readable at 1280 and 400 pixels")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
