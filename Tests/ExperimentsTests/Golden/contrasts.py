"""Contrasts of two arms from scipy, and from definitions where scipy has none.

Run: python3 contrasts.py > contrasts.json
Hillstrom's figures are added where the data are at HILLSTROM (a CSV, packed by gzip); results only, no rows.
"""

import csv
import gzip
import json
import os
import sys

import numpy as np
from scipy import stats

rng = np.random.default_rng(20261121)
Z = stats.norm.ppf(0.975)


def wilson(x, n):
    p = x / n
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    margin = Z / (1 + Z**2 / n) * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return p, centre - margin, centre + margin


def proportions(x_c, n_c, x_t, n_t):
    p_c, l_c, u_c = wilson(x_c, n_c)
    p_t, l_t, u_t = wilson(x_t, n_t)
    d = p_t - p_c
    pooled = (x_c + x_t) / (n_c + n_t)
    z = d / np.sqrt(pooled * (1 - pooled) * (1 / n_c + 1 / n_t))
    small = min(n_c, n_t) * min(pooled, 1 - pooled) < 5
    p = stats.fisher_exact([[x_t, n_t - x_t], [x_c, n_c - x_c]])[1] if small else 2 * stats.norm.sf(abs(z))
    return {
        "difference": d, "p": p,
        "lower": d - np.sqrt((p_t - l_t) ** 2 + (u_c - p_c) ** 2),
        "upper": d + np.sqrt((u_t - p_t) ** 2 + (p_c - l_c) ** 2),
    }


def sums(y, x):
    return {
        "count": len(y), "mean": y.mean(), "squares": ((y - y.mean()) ** 2).sum(),
        "covariateMean": x.mean(), "covariateSquares": ((x - x.mean()) ** 2).sum(),
        "products": ((y - y.mean()) * (x - x.mean())).sum(),
    }


def welch(y_c, y_t):
    test = stats.ttest_ind(y_t, y_c, equal_var=False)
    interval = test.confidence_interval(0.95)
    return {"difference": y_t.mean() - y_c.mean(), "p": test.pvalue, "lower": interval.low, "upper": interval.high}


def cuped(y_c, x_c, y_t, x_t):
    """One slope over both arms together, as tea-tasting pools it; then Welch's test of the adjusted values."""
    y, x = np.concatenate([y_c, y_t]), np.concatenate([x_c, x_t])
    theta = np.cov(y, x)[0, 1] / x.var(ddof=1)
    return welch(y_c - theta * (x_c - x.mean()), y_t - theta * (x_t - x.mean()))


def log_ratio(y_c, y_t):
    a, b = y_c.var(ddof=1) / len(y_c) / y_c.mean() ** 2, y_t.var(ddof=1) / len(y_t) / y_t.mean() ** 2
    freedom = (a + b) ** 2 / (a**2 / (len(y_c) - 1) + b**2 / (len(y_t) - 1))
    ratio, margin = y_t.mean() / y_c.mean(), stats.t.ppf(0.975, freedom) * np.sqrt(a + b)
    return {"difference": ratio - 1, "p": 0, "lower": ratio * np.exp(-margin) - 1, "upper": ratio * np.exp(margin) - 1}


def case(y_c, x_c, y_t, x_t, name):
    return {
        "name": name, "control": sums(y_c, x_c), "treated": sums(y_t, x_t), "welch": welch(y_c, y_t),
        "cuped": cuped(y_c, x_c, y_t, x_t), "lift": log_ratio(y_c, y_t),
    }


means = []
for n, m in ((30, 45), (2000, 900)):
    x_c, x_t = rng.gamma(2, 50, n), rng.gamma(2, 50, m)
    means.append(case(0.6 * x_c + rng.gamma(1, 30, n), x_c, 0.6 * x_t + rng.gamma(1, 33, m), x_t, f"{n}"))
path = os.environ.get("HILLSTROM")
if path:
    rows = list(csv.DictReader(gzip.open(path, "rt")))
    def column(arm, name):
        return np.array([float(r[name]) for r in rows if r["segment"] == arm])
    for metric in ("spend", "visit", "conversion"):
        means.append(case(
            column("No E-Mail", metric), column("No E-Mail", "history"), column("Womens E-Mail", metric),
            column("Womens E-Mail", "history"), f"hillstrom {metric}",
        ))
shares = []
for x_c, n_c, x_t, n_t in ((122, 21306, 189, 21387), (2262, 21306, 3238, 21387), (0, 40, 6, 50), (2, 30, 9, 31), (150, 1000, 120, 1000)):
    shares.append({"control": [x_c, n_c], "treated": [x_t, n_t], **proportions(x_c, n_c, x_t, n_t)})
ratios = [
    {"counts": [500, 600], "shares": [0.5, 0.5], "p": stats.chisquare([500, 600]).pvalue},
    {"counts": [40, 70], "shares": [0.5, 0.5], "p": stats.binomtest(40, 110, 0.5).pvalue},
    {"counts": [180, 40], "shares": [0.8, 0.2], "p": stats.binomtest(180, 220, 0.8).pvalue},
    {"counts": [21306, 21307, 21387], "shares": [1, 1, 1], "p": stats.chisquare([21306, 21307, 21387]).pvalue},
]
json.dump({"means": means, "shares": shares, "ratios": ratios}, sys.stdout, indent=1)
