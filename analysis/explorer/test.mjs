// test.mjs RESULTS.h5: opens a results file in headless Chromium, from file://, and looks at what is drawn. After build.mjs.
// SPDX-License-Identifier: GPL-3.0-or-later
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const file = process.argv[2];
if (!file) throw new Error("usage: node test.mjs RESULTS.h5");
const folder = mkdtempSync(join(tmpdir(), "explorer-"));

// What a hand would do, done by a script at the end of the page: drop the file, choose each thing to show, count what is drawn.
const hand = (bytes) => `
const messages = [];
addEventListener("error", (event) => messages.push("error: " + event.message));
for (const name of ["log", "warn", "error"]) console[name] = (...words) => messages.push(name + ": " + words.join(" "));
const drawn = () => {
    const canvas = document.querySelector("#plot canvas");
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0;
    for (let i = 3; i < pixels.length; i += 4) count += pixels[i] > 0;
    return count;
};
const wait = () => new Promise((resolve) => setTimeout(resolve, 100));
const end = (said) => {
    const result = document.createElement("pre");
    result.id = "result";
    result.textContent = JSON.stringify(said);
    document.body.append(result);
};
(async () => {
    const bytes = Uint8Array.from(atob("${bytes}"), (c) => c.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], "results.h5"));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
    for (let i = 0; i < 5000 && document.getElementById("choose").hidden; i++) await wait();
    const what = document.getElementById("what"), seen = [];
    for (const option of what.options) {
        what.value = option.value;
        what.dispatchEvent(new Event("change"));
        await wait();
        seen.push({ what: option.value, told: document.getElementById("told").textContent.split("\\n")[0], pixels: drawn() });
    }
    await explorer.open(new TextEncoder().encode("this is no HDF5 file"));
    const wrong = document.getElementById("told").textContent;
    end({ seen, wrong, messages });
})().catch((error) => end({ seen: [], wrong: "", messages: [...messages, String(error.stack)] }));`;

try {
    const page = readFileSync(join(here, "explorer.html"), "utf8");
    const bytes = readFileSync(file).toString("base64");
    const path = join(folder, "page.html");
    writeFileSync(path, page.replace("</body>", () => `<script>${hand(bytes)}</script></body>`));
    const dom = execFileSync(process.env.CHROMIUM ?? "chromium",
        ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${join(folder, "profile")}`, "--virtual-time-budget=900000",
            "--timeout=120000", "--dump-dom", pathToFileURL(path).href],
        { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });
    const found = dom.match(/<pre id="result">([^<]*)<\/pre>/);
    if (!found) throw new Error("the page did not come to its end");
    const result = JSON.parse(found[1].replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"));
    for (const one of result.seen) {
        if (!/^[0-9]+ values/.test(one.told) || one.pixels < 1000) throw new Error(`${one.what}: ${JSON.stringify(one)}`);
    }
    if (result.seen.length === 0) throw new Error(result.messages.join("; ") || "nothing is there to show");
    const kinds = new Set(result.seen.map((one) => one.what.split("/")[0]));
    for (const kind of ["metrics", "series", "events"]) if (!kinds.has(kind)) throw new Error(`no ${kind} in the sample`);
    if (result.wrong === "" || /values/.test(result.wrong)) throw new Error(`a wrong file was not refused: ${result.wrong}`);
    const noise = result.messages.filter((message) => !/HDF5|H5|#00|major|minor/.test(message));
    if (noise.length > 0) throw new Error(`the console says: ${noise.join("; ")}`);
    console.log(`explorer: ${result.seen.length} things drawn, none of them empty`);
} finally {
    rmSync(folder, { recursive: true });
}
