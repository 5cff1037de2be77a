// explorer.js: opens a results file in the browser and plots a metric, the load, or a column of an event table.
// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";

const explorer = (() => {
    // Colours that everybody can tell apart (Okabe and Ito).
    const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999", "#f0e442"];
    const POINTS_MAX = 200000;
    const at = (id) => document.getElementById(id);
    let file = null, study = null, plot = null;

    const tell = (text, wrong) => {
        at("told").textContent = text;
        at("told").className = wrong ? "wrong" : "";
    };

    const names = (path) => (file.keys().includes(path) ? file.get(path).keys() : []);
    const attribute = (path, name) => {
        const found = file.get(path).attrs[name];
        return found === undefined ? "" : String(found.value);
    };
    const fill = (id, entries) => {
        at(id).replaceChildren(...entries.map(([value, text]) => new Option(text, value)));
    };

    // "card, outlets 8": the values of the parameters in which configurations differ.
    const labels = () => {
        const params = names("params").map((name) => [name, Array.from(file.get(`params/${name}`).value, String)]);
        const count = file.get("config").shape[0];
        const differ = params.filter(([, values], i) => i === 0 || new Set(values).size > 1);
        return Array.from({ length: count }, (_, config) =>
            differ.map(([name, values], i) => (i === 0 ? values[config] : `${name} ${values[config]}`)).join(", "));
    };

    const choices = () => [
        ...names("metrics").map((name) => [`metrics/${name}`, `${name} [${attribute(`metrics/${name}`, "units")}]`]),
        ...names("series").map((name) => [`series/${name}`, `${name} over time [${attribute(`series/${name}`, "units")}]`]),
        ...names("events").map((name) => [`events/${name}`, `events: ${name}`]),
    ];

    const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
    const read = async (bytes) => {
        const start = new Uint8Array(bytes).subarray(0, SIGNATURE.length);
        if (!SIGNATURE.every((byte, i) => start[i] === byte)) throw new Error("this is no HDF5 file");
        const { FS } = await h5wasm.ready;
        if (file !== null) {
            file.close();
            file = null;
        }
        FS.writeFile("results.h5", new Uint8Array(bytes));
        file = new h5wasm.File("results.h5", "r");
        if (!String(file.attrs.Conventions?.value ?? "").includes("konsento")) {
            throw new Error("this is no results file of konsento");
        }
        study = { labels: labels(), replications: Array.from(file.get("rep").value, Number) };
        fill("what", choices());
        fill("config", study.labels.map((label, i) => [i, label]));
        for (const option of Array.from(at("config").options).slice(0, COLOURS.length)) option.selected = true;
        at("choose").hidden = false;
        show();
    };

    // One row of a dataset over (config, rep[, time]).
    const slice = (path, config, place) => {
        const data = file.get(path), shape = data.shape;
        const ranges = [[config, config + 1], place === null ? [] : [place, place + 1], ...shape.slice(2).map(() => [])];
        return Array.from(data.slice(ranges), Number);
    };

    // The largest number stands for "without limit": there is no place for it on an axis.
    const UNLIMITED = 2n ** 63n - 1n;
    const finite = (value) => (BigInt(value) === UNLIMITED ? null : Number(value));
    const short = (value) => (value !== null && Math.abs(value) >= 1e6 ? value.toExponential(1).replace(".0e", "e") : String(value));

    const chosen = () => Array.from(at("config").selectedOptions, (option) => Number(option.value));

    const metricPlot = (path) => {
        const columns = chosen().map((config) => slice(path, config, null).map((v) => (Number.isNaN(v) ? null : v)));
        return { x: study.replications, columns, xLabel: "replication", points: true };
    };

    const seriesPlot = (path) => {
        const place = Number(at("replication").value);
        const days = Array.from(file.get("time").value, (seconds) => Number(seconds) / 86400);
        const columns = chosen().map((config) => slice(path, config, place).map((v) => (Number.isNaN(v) ? null : v)));
        return { x: days, columns, xLabel: "days from the start", points: false };
    };

    // Events of several configurations on one axis of time: each has its own column, empty where another has the event.
    const eventsPlot = (path) => {
        const data = file.get(path), members = data.metadata.compound_type.members.map((member) => member.name);
        const [config, rep, time, column] = ["config", "rep", members.find((name) => name.endsWith("_us")), at("column").value]
            .map((name) => members.indexOf(name));
        const replication = study.replications[Number(at("replication").value)], wanted = chosen();
        const rows = data.value.filter((row) => wanted.includes(Number(row[config])) && Number(row[rep]) === replication)
            .sort((a, b) => Number(a[time]) - Number(b[time])).slice(0, POINTS_MAX);
        const columns = wanted.map((one) => rows.map((row) => (Number(row[config]) === one ? finite(row[column]) : null)));
        return { x: rows.map((row) => Number(row[time]) / 86400e6), columns, xLabel: `${members[time]} [days]`, points: true };
    };

    const fillSides = (path) => {
        const kind = path.split("/")[0];
        fill("replication", study.replications.map((number, place) => [place, number]));
        const members = kind === "events" ? file.get(path).metadata.compound_type.members.map((member) => member.name) : [];
        const columns = members.filter((name) => name !== "config" && name !== "rep");
        fill("column", columns.map((name) => [name, name]));
        const telling = columns.find((name) => /_(uj|msat|w)$/.test(name));
        if (telling !== undefined) at("column").value = telling;
        at("replication").parentElement.hidden = kind === "metrics";
        at("column").parentElement.hidden = kind !== "events";
    };

    const draw = () => {
        const path = at("what").value, kind = path.split("/")[0];
        const made = { metrics: metricPlot, series: seriesPlot, events: eventsPlot }[kind](path);
        const unit = kind === "events" ? at("column").value : `${path.split("/")[1]} [${attribute(path, "units")}]`;
        if (plot !== null) plot.destroy();
        const dark = matchMedia("(prefers-color-scheme: dark)").matches, ink = dark ? "#ddd" : "#222";
        const axis = { stroke: ink, grid: { stroke: dark ? "#444" : "#ddd" }, ticks: { stroke: ink } };
        plot = new uPlot({
            width: Math.max(280, Math.min(at("plot").clientWidth, 1150)), height: 420,
            scales: { x: { time: false } },
            axes: [{ ...axis, label: made.xLabel }, { ...axis, label: unit, size: 70, values: (_, values) => values.map(short) }],
            series: [{ label: made.xLabel }, ...chosen().map((config, i) => ({
                label: study.labels[config], stroke: COLOURS[i % COLOURS.length], width: made.points ? 0 : 1.5,
                paths: made.points ? () => null : undefined,
                points: { show: made.points, size: 6, fill: COLOURS[i % COLOURS.length] } }))],
        }, [made.x, ...made.columns], at("plot"));
        const values = made.columns.flat().filter((v) => v !== null);
        const said = kind === "metrics" ? attribute(path, "definition") : "";
        tell(`${values.length} values${said ? `\n${said}` : ""}`);
    };

    const show = () => {
        fillSides(at("what").value);
        draw();
    };

    const open = (bytes) => read(bytes).catch((error) => tell(String(error.message ?? error), true));
    const openFile = async (one) => {
        if (one) await open(await one.arrayBuffer());
    };

    const listen = () => {
        const drop = at("drop");
        at("file").addEventListener("change", (event) => openFile(event.target.files[0]));
        for (const name of ["dragover", "dragleave", "drop"]) {
            document.addEventListener(name, (event) => {
                event.preventDefault();
                drop.classList.toggle("over", name === "dragover");
                if (name === "drop") openFile(event.dataTransfer.files[0]);
            });
        }
        at("what").addEventListener("change", show);
        addEventListener("resize", () => study !== null && draw());
        for (const id of ["config", "column", "replication"]) at(id).addEventListener("change", draw);
    };

    listen();
    return { open };
})();
