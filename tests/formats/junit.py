"""Validates JUnit reports against Jenkins' schema.

usage: junit.py junit-10.xsd REPORT...
"""
import sys

import xmlschema

schema = xmlschema.XMLSchema(sys.argv[1])
violations = 0
for report in sys.argv[2:]:
    errors = list(schema.iter_errors(report))
    violations += len(errors)
    print(f"{report}: {len(errors)} violations")
    for error in errors:
        print(" ", error.path, error.reason)
sys.exit(1 if violations else 0)
