"""Prints the rows of a folder that a job has written, one JSON object a line: `rows.py FORMAT FOLDER`."""

import csv
import json
import pathlib
import sys

kind, folder = sys.argv[1:]
if kind == "parquet":
    import pyarrow.dataset

    found = pyarrow.dataset.dataset(folder, format="parquet", partitioning="hive").to_table().to_pylist()
else:
    # What begins so is Spark's own, as for whoever reads the folder.
    paths = [path for path in sorted(pathlib.Path(folder).rglob("*")) if path.name[0] not in "._" and path.is_file()]
    found = []
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            if kind == "json":
                found += map(json.loads, file)
            elif kind == "csv":
                found += csv.DictReader(file)
            else:
                found += [{"line": line.rstrip("\n")} for line in file]
for row in found:
    print(json.dumps(row, default=str))
