"""Writes each example of a Markdown page whose first line names a file to that file below a folder.

usage: recipes.py PAGE FOLDER
"""
import re
import sys
from pathlib import Path

page, folder = Path(sys.argv[1]), Path(sys.argv[2])
for body in re.findall(r"^```\w+\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
    named = re.match(r"# ([\w./-]+)\n", body)
    if named:
        path = folder / named[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body)
