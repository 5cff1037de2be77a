# konsento.py: reads results of konsento: one file, to be copied beside your own script. Needs h5py, numpy and pandas.
# SPDX-License-Identifier: GPL-3.0-or-later
"""
    import konsento
    study = konsento.open("runs/house-1a2b3c4d")         # a folder, or a results.h5
    study.metrics()                                       # DataFrame: config, parameters, replication, one column per metric
    study.summary("time_to_power.p95")                    # mean and 95 % interval of each configuration
    study.paired("fee.share", {"rail": "card"}, {"rail": "lightning"})
    study.load({"rail": "card"})                          # DataFrame: time x replication
    study.events("session")                               # DataFrame of an event table
    study.units["fee.share"], study.attributes["command_line"], study.provenance["scenario.lua"]

From the shell: python3 konsento.py RESULTS prints the summary of every metric.
"""
import os
import sys

import h5py
import numpy as np
import pandas as pd


def open(path):  # noqa: A001 - konsento.open reads well
    """Opens a results.h5, or the one in a folder."""
    return Study(os.path.join(path, "results.h5") if os.path.isdir(path) else path)


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _student_t(level, freedom):
    """The two-sided quantile of Student's t, from scipy if it is there, else by bisection of its distribution."""
    try:
        from scipy.stats import t
        return t.ppf(0.5 + level / 2, freedom)
    except ImportError:
        pass
    from math import lgamma, exp, log, pi

    def density(x):
        return exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - 0.5 * log(freedom * pi)
                   - (freedom + 1) / 2 * log(1 + x * x / freedom))

    def below(x, parts=2000):  # Simpson's rule from 0
        xs = np.linspace(0, x, parts + 1)
        ys = np.array([density(v) for v in xs])
        return 0.5 + x / parts / 3 * (ys[0] + ys[-1] + 4 * ys[1:-1:2].sum() + 2 * ys[2:-1:2].sum())

    low, high = 0.0, 700.0 if freedom < 2 else 60.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < 0.5 + level / 2 else (low, middle)
    return low


class Study:
    def __init__(self, path):
        self.path = path
        with h5py.File(path, "r") as file:
            if "konsento" not in _text(file.attrs.get("Conventions", "")):
                raise ValueError(f"{path}: is no results file of konsento")
            self.attributes = {name: _text(value) for name, value in file.attrs.items()
                               if isinstance(value, (str, bytes, np.integer, np.floating))}
            self.params = pd.DataFrame({name: [_text(v) for v in data[:]] for name, data in file["params"].items()})
            self.params.index.name = "config"
            self.replications = file["rep"][:]
            self.done = file["replications/done"][:] == 1
            self.failed = file["replications/failed"][:] == 1
            self.exact = file["replications/deterministic"][:] == 1
            self.names = list(file["metrics"])
            self.units = {name: _text(data.attrs.get("units", "")) for name, data in file["metrics"].items()}
            self.definitions = {name: _text(data.attrs.get("definition", "")) for name, data in file["metrics"].items()}
            self.provenance = {_text(data.attrs.get("name", name)): _text(data[()])
                               for name, data in file["provenance"].items()}
            self.tables = list(file["events"]) if "events" in file else []

    # ---- which configurations

    def configs(self, where=None):
        """Numbers of the configurations that have these values: {"rail": "card", "cars": 8}."""
        chosen = np.ones(len(self.params), bool)
        for name, value in (where or {}).items():
            if name not in self.params:
                raise KeyError(f"there is no parameter {name!r}; there are {', '.join(self.params)}")
            column = self.params[name]
            chosen &= (column == value) if column.dtype.kind in "if" else (column.astype(str) == str(value))
        return np.flatnonzero(chosen)

    def _one(self, where):
        found = self.configs(where)
        if len(found) != 1:
            raise ValueError(f"{where}: {len(found)} configurations, not one")
        return int(found[0])

    # ---- metrics

    def values(self, metric):
        """Array over (config, place of the replication); NaN where it was not run, failed, or has no value."""
        if metric not in self.names:
            raise KeyError(f"there is no metric {metric!r}")
        with h5py.File(self.path, "r") as file:
            values = file["metrics"][metric][:]
        return np.where(self.done & ~self.failed, values, np.nan)

    def metrics(self, names=None):
        """One line per replication that was run: config, parameters, replication, failed, metrics."""
        config, place = np.nonzero(self.done)
        frame = self.params.iloc[config].reset_index()
        frame["replication"] = self.replications[place]
        frame["failed"] = self.failed[config, place]
        columns = {}
        with h5py.File(self.path, "r") as file:
            for name in names or self.names:
                columns[name] = file["metrics"][name][:][config, place]
        return pd.concat([frame, pd.DataFrame(columns)], axis=1)

    def _estimate(self, values, exact, level):
        values = values[~np.isnan(values)]
        n = len(values)
        if n == 0:
            return {"mean": np.nan, "low": np.nan, "high": np.nan, "n": 0}
        mean = values.mean()
        if exact:
            return {"mean": mean, "low": mean, "high": mean, "n": n}
        half = _student_t(level, n - 1) * values.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
        return {"mean": mean, "low": mean - half, "high": mean + half, "n": n}

    def summary(self, metric, level=0.95):
        """Mean and Student's interval over the replications of each configuration."""
        values = self.values(metric)
        lines = [self._estimate(values[c], bool(self.exact[c][self.done[c]].all() and self.done[c].any()), level)
                 for c in range(len(values))]
        return pd.concat([self.params, pd.DataFrame(lines, index=self.params.index)], axis=1)

    def paired(self, metric, a, b, level=0.95):
        """b - a over replications that both have: they met the same worlds."""
        values = self.values(metric)
        difference = values[self._one(b)] - values[self._one(a)]
        return self._estimate(difference, False, level)

    # ---- series and events

    def load(self, where=None):
        """The load of one configuration: time x replication, in the unit of the series."""
        config = self._one(where)
        with h5py.File(self.path, "r") as file:
            if "series" not in file:
                raise ValueError(f"{self.path}: there is no load series")
            data = next(iter(file["series"].values()))[config]
            time = file["time"][:]
            units = _text(file["time"].attrs.get("units", "s"))
        index = pd.to_timedelta(time, unit="s")
        if units.startswith("seconds since "):
            index = pd.Timestamp(units[len("seconds since "):]) + index
        kept = self.done[config]
        return pd.DataFrame(data[kept].T, index=pd.Index(index, name="time"), columns=self.replications[kept])

    def events(self, table):
        """An event table that was asked for with --events."""
        with h5py.File(self.path, "r") as file:
            if table not in self.tables:
                raise KeyError(f"there is no event table {table!r}; there are {', '.join(self.tables) or 'none'}")
            return pd.DataFrame(file["events"][table][:])


def main(arguments):
    if len(arguments) != 1:
        sys.exit("usage: python3 konsento.py RESULTS")
    study = open(arguments[0])
    with pd.option_context("display.width", 200, "display.max_columns", 50, "display.max_rows", None):
        for name in study.names:
            print(f"{name} [{study.units[name]}]")
            print(study.summary(name).to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1:])
