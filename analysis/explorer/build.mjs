// build.mjs: puts the libraries and the program into one page: explorer.html. After `npm install`.
// SPDX-License-Identifier: GPL-3.0-or-later
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const read = (...path) => readFileSync(join(here, ...path), "utf8");
const script = (text) => text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");

const parts = {
    "/*STYLE*/": read("node_modules/uplot/dist/uPlot.min.css"),
    "/*H5WASM*/": script(read("node_modules/h5wasm/dist/iife/h5wasm.js")),
    "/*UPLOT*/": script(read("node_modules/uplot/dist/uPlot.iife.min.js")),
    "/*EXPLORER*/": script(read("explorer.js")),
};
let page = read("page.html");
for (const [mark, text] of Object.entries(parts)) page = page.split(mark).join(text);
const out = process.argv[2] ?? join(here, "explorer.html");
writeFileSync(out, page);
console.log(`${out}: ${(page.length / 1e6).toFixed(1)} MB`);
