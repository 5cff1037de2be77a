# readers.py MODULE FOLDER: reads a sample study with one Python module and compares what comes out.
# SPDX-License-Identifier: GPL-3.0-or-later
import csv
import json
import os
import sys
from html.parser import HTMLParser

METRIC = "energy.delivered_share"


def same(found, wanted):
    if found != wanted:
        sys.exit("found %r, wanted %r" % (found, wanted))


def read_h5py(folder):
    import h5py

    with h5py.File(os.path.join(folder, "results.h5"), "r") as file:
        same(file.attrs["Conventions"], "CF-1.8 konsento-1")
        same(int(file.attrs["seed"]), 42)
        same(file["identity"].attrs["version"], "0.1.0")
        metric = file["metrics"][METRIC]
        same(metric.shape, (3, 10))
        same(metric[2, 4], 24.0)
        same(metric.attrs["units"], "%")
        same([metric.dims[i][0].name for i in range(2)], ["/config", "/rep"])
        same(int(file["replications/done"][:].sum()), 27)
        same(int(file["replications/done"][1, 7]), 0)
        same(file["replications/digest"].shape, (3, 10, 32))
        same(file["replications/end_reason"][0, 3], b"audit")
        same(file["params/rail"][2].decode(), "lightning \u96f7")
        same(list(file["params/outlets"][:]), [8.0, 12.5, 1000.0])
        same(file["series/load"].shape, (3, 10, 96))
        same([d[0].name for d in file["series/load"].dims], ["/config", "/rep", "/time"])
        events = file["events/payment"][:]
        same(events.dtype.names, ("config", "rep", "at_us", "amount_msat"))
        same([tuple(e)[:2] for e in events], sorted(tuple(e)[:2] for e in events))
        same(file["provenance/garage.lua"][()].decode(), "return k.scenario { }\n")
        same(file["provenance/text.2"].attrs["name"], "other/base.lua")
        same(list(file["metrics"]), [METRIC, "wait.p95", "money.revenue", "often.nan"])
        mean = file["summary"][METRIC][2, 0]
        rows = [metric[2, i] for i in range(10) if not file["replications/failed"][2, i]]
        same(round(mean, 12), round(sum(rows) / len(rows), 12))
        for name in file:  # every axis that is used knows where
            if "CLASS" in file[name].attrs:
                same(file[name].attrs["CLASS"], b"DIMENSION_SCALE")
                same(len(file[name].attrs["REFERENCE_LIST"]) > 0, True)


def read_xarray(folder):
    import xarray

    path = os.path.join(folder, "results.h5")
    with xarray.open_dataset(path, group="metrics") as metrics:
        same(metrics[METRIC].dims, ("config", "rep"))
        same(float(metrics[METRIC].sel(config=2, rep=4)), 24.0)
    with xarray.open_dataset(path, group="series") as series:
        same(series["load"].dims, ("config", "rep", "time"))


def read_netCDF4(folder):
    import netCDF4

    with netCDF4.Dataset(os.path.join(folder, "results.h5")) as file:
        metric = file["metrics"][METRIC]
        same(metric.dimensions, ("config", "rep"))
        same(float(metric[2, 4]), 24.0)
        same(file["params"]["rail"][0], "cloud")
    with netCDF4.Dataset(os.path.join(folder, "results.nc")) as file:  # what export --netcdf writes
        same(file.data_model, "NETCDF3_64BIT_OFFSET")
        metric = file[METRIC]
        same(metric.dimensions, ("config", "rep"))
        same(float(metric[2, 4]), 24.0)
        same(metric.units, "%")
        same(int(file["done"][:].sum()), 27)
        same(list(file["outlets"][:]), [8.0, 12.5, 1000.0])
        same(bytes(file["rail"][2].compressed()).rstrip(b"\0").decode(), "lightning \u96f7")
        same(file["load"].shape, (3, 10, 96))


def read_tables(folder):
    import tables

    with tables.open_file(os.path.join(folder, "results.h5")) as file:
        same(file.get_node("/metrics/" + METRIC)[2, 4], 24.0)
        same(len(file.root.events.payment.read_where("config == 2")) > 0, True)


def read_pandas(folder):
    import pandas

    frame = pandas.read_csv(os.path.join(folder, "results.csv"))
    value = frame[(frame.config == 2) & (frame.replication == 4) & (frame.metric == METRIC)].value
    same(float(value.iloc[0]), 24.0)
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "analysis"))
    import konsento

    study = konsento.open(folder)
    metrics = study.metrics()
    same(len(metrics), 27)
    line = metrics[(metrics.config == 2) & (metrics.replication == 4)]
    same(float(line[METRIC].iloc[0]), 24.0)
    with h5py_file(folder) as file:
        summary = file["summary"][METRIC][:]
    mine = study.summary(METRIC)
    for config in range(3):
        same(round(float(mine["mean"][config]), 9), round(float(summary[config, 0]), 9))
        same(round(float(mine["high"][config] - mine["mean"][config]), 6), round(float(summary[config, 1]), 6))
    paired = study.paired(METRIC, {"rail": "cloud"}, {"outlets": 1000})
    same((round(paired["mean"], 9), paired["n"] > 5), (20.0, True))
    same(study.load({"outlets": 8}).shape[0], 96)
    same(len(study.events("payment")) > 0, True)
    same(study.units[METRIC], "%")


def h5py_file(folder):
    import h5py

    return h5py.File(os.path.join(folder, "results.h5"), "r")


class Balance(HTMLParser):
    """Every element that is opened is closed, in order."""

    EMPTY = ("meta", "br")

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            sys.exit("</%s> closes nothing" % tag)


def read_standard(folder):
    with open(os.path.join(folder, "results.json"), encoding="utf-8") as file:
        whole = json.load(file)
    same(len(whole["rows"]), 27)
    same([r["values"][0] for r in whole["rows"] if (r["config"], r["replication"]) == (2, 4)], [24])
    same(whole["configs"][2], {"rail": "lightning \u96f7", "outlets": "1e3"})
    with open(os.path.join(folder, "results.csv"), encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    same(len(lines), 27 * 4)
    same([float(x["value"]) for x in lines if (x["config"], x["replication"], x["metric"]) == ("2", "4", METRIC)], [24.0])
    page = Balance()
    with open(os.path.join(folder, "report.html"), encoding="utf-8") as file:
        page.feed(file.read())
    page.close()
    same(page.open, [])
    same({"svg", "table", "figure", "details"} <= page.seen, True)


if __name__ == "__main__":
    globals()["read_" + sys.argv[1]](sys.argv[2])
