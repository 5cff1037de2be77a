#!/usr/bin/env python3
# explorer_page.py EXPLORER.html RESULTS.h5 SOURCE: drops a results file on the explorer and looks at everything it draws.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# In headless Chromium, from a file, with the hand of a script: each metric, series and event table is chosen in turn and must
# leave ink on the plot; a file that is none must be refused; the console stays silent and nothing is asked of any network.
import base64
import os
import sys

DROP = """(async () => {
  const bytes = Uint8Array.from(atob("%s"), (c) => c.charCodeAt(0)), carried = new DataTransfer();
  carried.items.add(new File([bytes], "results.h5"));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
  for (let i = 0; i < 300 && document.getElementById("choose").hidden; i++) await new Promise((done) => setTimeout(done, 50));
  return document.getElementById("told").textContent;
})()"""
EACH = """(async () => {
  const ink = () => {
    const canvas = document.querySelector("#plot canvas"), series = canvas.getContext("2d");
    const pixels = series.getImageData(0, 0, canvas.width, canvas.height).data;
    let coloured = 0;  // axes and letters are grey, lines and points are not
    for (let i = 0; i < pixels.length; i += 4) coloured += pixels[i + 3] > 0 && Math.abs(pixels[i] - pixels[i + 2]) > 40;
    return coloured;
  };
  const what = document.getElementById("what"), seen = [];
  for (const option of what.options) {
    what.value = option.value;
    what.dispatchEvent(new Event("change"));
    await new Promise((done) => setTimeout(done, 30));
    seen.push({ what: option.value, told: document.getElementById("told").textContent, ink: ink(),
      labels: [...document.querySelectorAll("#plot .u-label")].length });
  }
  return seen;
})()"""
WRONG = """explorer.open(new TextEncoder().encode("this is no HDF5 file")).then(() => document.getElementById("told").textContent)"""


def main(page, results, source):
    sys.path.insert(0, os.path.join(source, "tests", "support"))
    import chrome
    if not chrome.find():
        print("skipped: no chromium")
        sys.exit(77)
    with open(results, "rb") as file:
        data = base64.b64encode(file.read()).decode()
    with chrome.Chrome(chrome.find()) as browser:
        browser.width(1280)
        browser.open(page)
        told = browser.run(DROP % data)
        seen = browser.run(EACH)
        kinds = {one["what"].split("/")[0] for one in seen}
        if kinds != {"metrics", "series", "events"}:
            sys.exit(f"explorer: shows {kinds}: {told}")
        for one in seen:
            # A metric or column may be empty in the sample; then the page says so, and draws nothing.
            count = one["told"].split(" ")[0]
            if not count.isdigit() or (one["ink"] < 20 and count != "0") or one["labels"] == 0:
                sys.exit(f"explorer: {one}")
        if not all(any(one["what"].startswith(kind) and one["ink"] > 20 for one in seen) for kind in kinds):
            sys.exit(f"explorer: nothing to be seen: {seen}")
        refused = browser.run(WRONG)
        if refused != "this is no HDF5 file":
            sys.exit(f"explorer: a wrong file was not refused: {refused}")
        said, asked = browser.noise()
        if said or asked:
            sys.exit(f"explorer: the console says {said}, the page asks for {asked}")
        print(f"explorer: {len(seen)} things drawn, none of them empty")


if __name__ == "__main__":
    main(*sys.argv[1:])
