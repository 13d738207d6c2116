# SPDX-License-Identifier: Apache-2.0
"""Computes PSI of three hotel features by month, independently of Plumbline's code.

Reads the cells that `plumbline reference show --format json` printed (edges, groups, levels) and the
raw CSV, counts with numpy, and applies the definition:
PSI = sum (c - r) ln(c / r), c and r the shares with half a count added to every group, neighbours
merged until five rows are expected in each. Values outside the edges join the first and last group; missing values are a
group; levels that are not listed share one.

Run: python3 hotel_psi.py CELLS.json PREDICTIONS.csv.gz > hotel_psi.json
"""
import csv
import gzip
import json
import sys

import numpy as np

cells = {f["name"]: f["kind"] for f in json.load(open(sys.argv[1]))["features"]}
rows = list(csv.DictReader(gzip.open(sys.argv[2], "rt")))
months = np.array([r["predicted_at"][:7] for r in rows])


def groups(name):
    """The group of every row: -1 missing, else its number."""
    values = [r[name] for r in rows]
    kind = cells[name]
    if "numeric" in kind:
        spec = kind["numeric"]["_0"]
        edges, group = np.array(spec["edges"]), np.array(spec["groups"])
        number = np.array([float(v) if v != "" else np.nan for v in values])
        cell = np.clip(np.searchsorted(edges, number, side="right") - 1, 0, len(group) - 1)
        return np.where(np.isnan(number), -1, group[cell])
    levels = {v: i for i, v in enumerate(kind["category"]["_0"]["levels"])}
    return np.array([-1 if v == "" else levels.get(v, len(levels)) for v in values])


def merged(current, reference):
    """Neighbours together until the smaller sample is expected to have five rows in each."""
    total, least = current.sum() + reference.sum(), min(current.sum(), reference.sum())
    groups, a, b = [], 0, 0
    for c, r in zip(current, reference):
        a, b = a + c, b + r
        if (a + b) * least / total >= 5:
            groups.append([a, b])
            a, b = 0, 0
    if a + b > 0:
        last = groups.pop() if groups else [0, 0]
        groups.append([last[0] + a, last[1] + b])
    return np.array(groups).T


def psi(current, reference):
    c, r = merged(current, reference) + 0.5
    c, r = c / c.sum(), r / r.sum()
    return float(np.sum((c - r) * np.log(c / r)))


cases = []
for name in ["adr", "lead_time", "market_segment"]:
    group = groups(name)
    size = group.max() + 2
    reference = np.bincount(group[np.isin(months, ["2016-04", "2016-05", "2016-06"])] + 1, minlength=size)
    for month in sorted(set(months)):
        if month <= "2017-05":
            current = np.bincount(group[months == month] + 1, minlength=size)
            cases.append({"month": month, "feature": name, "psi": psi(current, reference)})
print(json.dumps({"tools": {"numpy": np.__version__}, "cases": cases}, indent=1))
