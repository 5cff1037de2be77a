# check_junit.py FILE: is it JUnit XML as CI servers read it? (After the schemas of Jenkins and of Ant's junit task.)
# SPDX-License-Identifier: GPL-3.0-or-later
import sys
import xml.etree.ElementTree as tree

ALLOWED = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"testcase"}),
    "testcase": ({"name", "classname", "time"}, {"failure", "error", "skipped"}),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
}


def check(element):
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes, (element.tag, element.attrib)
    for name in ("tests", "failures", "errors", "skipped"):
        assert name not in element.attrib or element.attrib[name].isdigit(), (name, element.attrib[name])
    assert "time" not in element.attrib or float(element.attrib["time"]) >= 0
    for child in element:
        assert child.tag in children, (element.tag, child.tag)
        check(child)


def count(suite, tag):
    return sum(1 for case in suite.iter("testcase") if case.find(tag) is not None)


root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites"
check(root)
for suite in [root] + list(root):
    assert int(suite.attrib["tests"]) == sum(1 for _ in suite.iter("testcase"))
    assert int(suite.attrib["failures"]) == count(suite, "failure")
    assert int(suite.attrib["errors"]) == count(suite, "error")
for suite in root:
    assert int(suite.attrib["skipped"]) == count(suite, "skipped")
    for case in suite:
        assert case.attrib["name"] and case.attrib["classname"] and len(case) <= 1
print(f"JUnit: {root.attrib['tests']} tests, {root.attrib['failures']} failures, {root.attrib['errors']} errors")
