/* report_style.c: the style sheet of the report.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Line colours: Okabe and Ito, Color Universal Design (2008), told apart by readers with any colour vision; dashes tell
 * them apart in print.
 */
#include "analysis/report_style.h"

const char report_style[] =
    ":root { --fg: #1b1b1b; --bg: #fff; --soft: #666; --line: #ddd; --head: #f3f3f1;\n"
    "  --pass: #00614a; --fail: #a33a00; --undecided: #7a5200; color-scheme: light dark; }\n"
    "@media screen and (prefers-color-scheme: dark) {\n"
    "  :root { --fg: #e8e8e6; --bg: #17181a; --soft: #a5a5a2; --line: #3a3b3e; --head: #242528;\n"
    "    --pass: #46d1a8; --fail: #ff9d66; --undecided: #f2c14e; } }\n"
    "body { font: 15px/1.45 system-ui, sans-serif; color: var(--fg); background: var(--bg);\n"
    "  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }\n"
    "h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }\n"
    ".banner { padding: .7rem 1rem; border-left: .4rem solid var(--soft); background: var(--head); }\n"
    ".banner.pass { border-color: var(--pass); } .banner.fail { border-color: var(--fail); }\n"
    ".banner.undecided { border-color: var(--undecided); }\n"
    "td.pass { color: var(--pass); } td.fail { color: var(--fail); } td.undecided { color: var(--undecided); }\n"
    "td.pass, td.fail, td.undecided { font-weight: 600; }\n"
    ".wide { overflow-x: auto; }\n"
    "table { border-collapse: collapse; } th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line);\n"
    "  text-align: left; vertical-align: top; } thead th { background: var(--head); }\n"
    "tbody th { font-weight: 400; } td.n { text-align: right; font-variant-numeric: tabular-nums;\n"
    "  white-space: nowrap; }\n"
    "code, pre { font: 13px/1.4 ui-monospace, monospace; } th code { color: var(--soft); }\n"
    "td code { overflow-wrap: anywhere; }\n"
    "pre { background: var(--head); padding: .7rem 1rem; overflow-x: auto; white-space: pre-wrap; }\n"
    "details { margin: .5rem 0; } summary { cursor: pointer; }\n"
    "figure { margin: 1rem 0; } figcaption { color: var(--soft); }\n"
    "figure > svg { width: 100%; height: auto; } svg text { fill: var(--fg); font: 12px system-ui, sans-serif; }\n"
    "svg path { fill: none; } .grid { stroke: var(--line); }\n"
    ".legend span { margin-right: 1.2rem; white-space: nowrap; }\n"
    ".s0, .s1, .s2, .s3, .s4, .s5, .s6, .s7 { stroke-width: 1.6; }\n"
    ".s0 { stroke: #0072b2; } .s1 { stroke: #d55e00; stroke-dasharray: 7 3; }\n"
    ".s2 { stroke: #009e73; stroke-dasharray: 2 2; } .s3 { stroke: #cc79a7; stroke-dasharray: 9 3 2 3; }\n"
    ".s4 { stroke: #e69f00; stroke-dasharray: 5 5; } .s5 { stroke: #56b4e9; stroke-dasharray: 1 3; }\n"
    ".s6 { stroke: var(--fg); stroke-dasharray: 12 3; } .s7 { stroke: #b8a800; stroke-dasharray: 4 2 1 2; }\n"
    "svg .b0, svg .b1, svg .b2, svg .b3, svg .b4, svg .b5, svg .b6, svg .b7 { fill-opacity: .16; }\n"
    "svg .b0 { fill: #0072b2; } svg .b1 { fill: #d55e00; } svg .b2 { fill: #009e73; } svg .b3 { fill: #cc79a7; }\n"
    "svg .b4 { fill: #e69f00; } svg .b5 { fill: #56b4e9; } svg .b6 { fill: #888; } svg .b7 { fill: #b8a800; }\n"
    "@media print { body { margin: 0; max-width: none; font-size: 10pt; } details { display: none; }\n"
    "  h2, figure, tr { break-inside: avoid; } .wide { overflow: visible; } }\n";
