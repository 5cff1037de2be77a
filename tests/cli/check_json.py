# check_json.py: the object that `konsento run --json` prints has exactly the promised shape. Usage: check_json.py FILE
# SPDX-License-Identifier: GPL-3.0-or-later
import json
import re
import sys

NUMBER = (int, float)


def refuse(word):
    raise ValueError("no JSON number: " + word)


def check(condition, what):
    if not condition:
        sys.exit("shape: " + what)


def check_estimate(entry):
    for name in ("mean", "lo", "hi"):
        check(entry[name] is None or isinstance(entry[name], NUMBER), name)
    check(isinstance(entry["n"], int) and entry["n"] >= 0, "n")
    check((entry["mean"] is None) == (entry["n"] == 0), "mean without values, or values without mean")
    check((entry["lo"] is None) == (entry["hi"] is None), "half an interval")
    if entry["lo"] is not None:
        check(entry["lo"] <= entry["mean"] <= entry["hi"], "mean outside its interval")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    check(text.endswith("}\n") and text.count("\n") == 1, "one object on one line")
    study = json.loads(text, parse_constant=refuse)
    check(list(study) == ["scenario", "seed", "replications", "digest", "verdict", "metrics", "thresholds", "results"],
          "members are " + ", ".join(study))
    check(isinstance(study["scenario"], str) and isinstance(study["results"], str), "texts")
    check(isinstance(study["seed"], int) and isinstance(study["replications"], int), "numbers")
    check(re.fullmatch("[0-9a-f]{64}", study["digest"]), "digest")
    check(study["verdict"] in ("pass", "fail", "undecided"), "verdict")
    for metric in study["metrics"]:
        check(list(metric) == ["name", "rail", "config", "unit", "mean", "lo", "hi", "n"], "members of a metric")
        check(all(isinstance(metric[name], str) for name in ("name", "rail", "unit")), "texts of a metric")
        check(isinstance(metric["config"], int), "config")
        check_estimate(metric)
    check(len({(m["name"], m["config"]) for m in study["metrics"]}) == len(study["metrics"]), "a metric twice")
    for threshold in study["thresholds"]:
        check({"text", "metric", "rail", "limit", "verdict"} <= set(threshold), "members of a threshold")
        check(threshold["verdict"] in ("pass", "fail", "undecided"), "verdict of a threshold")
        check_estimate(threshold)
    print("replications=%d metrics=%d thresholds=%d verdict=%s" % (
        study["replications"], len(study["metrics"]), len(study["thresholds"]), study["verdict"]))


main()
