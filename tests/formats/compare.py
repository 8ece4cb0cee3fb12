"""Reads the reports of one run with other people's parsers: all must hold the findings of the JSON report.

usage: compare.py PATH_WITHOUT_EXTENSION...
"""
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from diff_cover.git_path import GitPathTool
from diff_cover.violationsreporters.java_violations_reporter import CheckstyleXmlDriver
from junitparser import Failure, JUnitXml


def of_json(path):
    findings = json.loads(path.read_text())["findings"]
    return [(it["path"], it["start"]["line"], it["rule"]) for it in findings]


def of_jsonl(path):
    findings = [json.loads(line) for line in path.read_text().splitlines()]
    assert findings == json.loads(path.with_suffix(".json").read_text())["findings"]
    return [(it["path"], it["start"]["line"], it["rule"]) for it in findings]


def of_gitlab(path):
    issues = json.loads(path.read_text())
    fingerprints = {it["fingerprint"] for it in issues}
    assert len(fingerprints) == len(issues), "two issues have one fingerprint"
    return of_code_climate(issues)


def of_code_climate(issues):
    return [(it["location"]["path"], it["location"]["lines"]["begin"], it["check_name"]) for it in issues]


def of_sarif(path):
    """What sarif-tools would hand to GitLab."""
    converted = path.with_suffix(".codeclimate")
    command = [Path(sys.executable).parent / "sarif", "codeclimate", "--output", converted, path]
    subprocess.run(command, check=True, capture_output=True)
    return of_code_climate(json.loads(converted.read_text()))


def of_junit(path):
    found = []
    for suite in JUnitXml.fromfile(str(path)):
        for case in suite:
            if any(isinstance(result, Failure) for result in case.result):
                rule, place = case.name.split(" ")
                found.append((case.classname, int(place.split(":")[0]), rule))
    return found


def of_checkstyle(path):
    """The parser drops the rule."""
    GitPathTool.set_cwd(None)
    files = CheckstyleXmlDriver().parse_reports([path.read_bytes().decode().split("\n", 1)[1]])
    return [(name, it.line, "") for name, found in files.items() for it in found]


def of_rdjson(path):
    diagnostics = json.loads(path.read_text())["diagnostics"]
    return [
        (it["location"]["path"], it["location"]["range"]["start"]["line"], it["code"]["value"])
        for it in diagnostics
    ]


def of_sonar(path):
    issues = [(it["primaryLocation"], it["ruleId"]) for it in json.loads(path.read_text())["issues"]]
    return [(it["filePath"], it["textRange"]["startLine"], rule) for it, rule in issues]


READERS = {
    ".jsonl": of_jsonl,
    ".sarif": of_sarif,
    ".gitlab": of_gitlab,
    ".junit": of_junit,
    ".checkstyle": of_checkstyle,
    ".rdjson": of_rdjson,
    ".sonar": of_sonar,
}

for stem in map(Path, sys.argv[1:]):
    expected = Counter(of_json(stem.with_suffix(".json")))
    for suffix, read in READERS.items():
        found = Counter(read(stem.with_suffix(suffix)))
        same = expected
        if suffix == ".checkstyle":
            same = Counter((path, line, "") for path, line, _ in expected.elements())
        if found != same:
            print(f"{stem}{suffix}: lacks {same - found}, has {found - same}")
            sys.exit(1)
    print(f"{stem}: {expected.total()} findings in each of {len(READERS) + 1} formats")
