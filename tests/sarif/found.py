"""Prints what Sarif.Multitool found, from the report it wrote, and fails if it found anything.

usage: found.py FOUND.sarif
"""
import json
import sys


def text(result, rules):
    message = result["message"]
    if "text" in message:
        return message["text"]
    rule = rules[result["ruleId"].split("/")[0]]
    return rule["messageStrings"][message["id"]]["text"].format(*message.get("arguments", []))


with open(sys.argv[1], encoding="utf-8-sig") as file:
    run = json.load(file)["runs"][0]
rules = {rule["id"]: rule for rule in run["tool"]["driver"].get("rules", [])}
results = run.get("results", [])
for result in results:
    print(" ", result["ruleId"], result.get("level", "warning"), text(result, rules))
print(f"  {len(results)} errors and warnings")
sys.exit(1 if results else 0)
