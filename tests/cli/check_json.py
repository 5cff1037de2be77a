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


def check_sat(entry):
    if "sat" in entry:
        check_estimate(entry["sat"])
        check(entry["sat"]["n"] == entry["n"], "satoshi of other values")


def check_scoreboard(study):
    check(len(study["scoreboard"]) == 5, "five properties")
    for one in study["scoreboard"]:
        check(list(one) == ["property", "question", "figures"] and one["figures"], "members of a property")
        for figure in one["figures"]:
            check(list(figure) == ["metric", "unit", "rails"], "members of a figure")
            for rail in figure["rails"]:
                check_estimate(rail)
                check_sat(rail)
                same = [m for m in study["metrics"] if (m["name"], m["config"]) == (figure["metric"], rail["config"])]
                check(len(same) == 1 and same[0]["mean"] == rail["mean"], "a figure that is no metric")


def check_differences(study):
    means = {(m["name"], m["rail"]): m["mean"] for m in study["metrics"]}
    for one in study["differences"]:
        check(list(one) == ["name", "rail", "baseline", "config", "unit", "mean", "lo", "hi", "n", "variance_gain"],
              "members of a difference")
        check(one["rail"] != one["baseline"], "a rail against itself")
        check_estimate(one)
        between = means[one["name"], one["rail"]] - means[one["name"], one["baseline"]]
        scale = abs(means[one["name"], one["rail"]]) + abs(means[one["name"], one["baseline"]])
        check(one["n"] < study["replications"] or abs(one["mean"] - between) <= 1e-9 * scale, "difference of " + one["name"])
        check(one["variance_gain"] is None or 0 < one["variance_gain"] < 1e20, "gain")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    check(text.endswith("}\n") and text.count("\n") == 1, "one object on one line")
    study = json.loads(text, parse_constant=refuse)
    check(list(study) == ["scenario", "seed", "replications", "digest", "verdict", "scoreboard", "metrics", "differences",
                           "thresholds", "results"],
          "members are " + ", ".join(study))
    check(isinstance(study["scenario"], str) and isinstance(study["results"], str), "texts")
    check(isinstance(study["seed"], int) and isinstance(study["replications"], int), "numbers")
    check(re.fullmatch("[0-9a-f]{64}", study["digest"]), "digest")
    check(study["verdict"] in ("pass", "fail", "undecided"), "verdict")
    for metric in study["metrics"]:
        check([name for name in metric if name != "sat"] == ["name", "rail", "config", "unit", "mean", "lo", "hi", "n"],
              "members of a metric")
        check_sat(metric)
        check(all(isinstance(metric[name], str) for name in ("name", "rail", "unit")), "texts of a metric")
        check(isinstance(metric["config"], int), "config")
        check_estimate(metric)
    check(len({(m["name"], m["config"]) for m in study["metrics"]}) == len(study["metrics"]), "a metric twice")
    check_scoreboard(study)
    check_differences(study)
    for threshold in study["thresholds"]:
        check({"text", "metric", "rail", "limit", "verdict"} <= set(threshold), "members of a threshold")
        check(threshold["verdict"] in ("pass", "fail", "undecided"), "verdict of a threshold")
        check_estimate(threshold)
    print("replications=%d metrics=%d thresholds=%d verdict=%s" % (
        study["replications"], len(study["metrics"]), len(study["thresholds"]), study["verdict"]))


main()
