# SPDX-License-Identifier: Apache-2.0
"""Makes grouped.json and samples.json: expected drift measures of grouped counts and of
numeric samples, from mpmath, numpy and scipy. Seed 20240611. Run: python3 generate.py"""

import json
import platform
from pathlib import Path

import mpmath
import numpy as np
import scipy
from mpmath import mp, mpf
from scipy import stats
from scipy.spatial.distance import jensenshannon

SEED = 20240611
TOOLS = {"python": platform.python_version(), "numpy": np.__version__,
         "scipy": scipy.__version__, "mpmath": mpmath.__version__}
mp.dps = 60


def smoothed(counts):
    total = sum(counts) + mpf(len(counts)) / 2
    return [(count + mpf(1) / 2) / total for count in counts]


def psi(*shares):
    half = len(shares) // 2
    return mp.fsum((c - r) * mp.log(c / r) for c, r in zip(shares[:half], shares[half:]))


def psi_standard_error(current, reference):
    """Delta method; the partial derivatives are taken numerically, at 60 digits."""
    shares = (*smoothed(current), *smoothed(reference))
    slopes = [mp.diff(psi, shares, tuple(int(i == j) for j in range(len(shares))))
              for i in range(len(shares))]
    half, variance = len(current), mpf(0)
    for side, counts in ((slice(0, half), current), (slice(half, None), reference)):
        share, slope = shares[side], slopes[side]
        mean = mp.fsum(s * d for s, d in zip(share, slope))
        square = mp.fsum(s * d * d for s, d in zip(share, slope))
        variance += (square - mean ** 2) / sum(counts)
    return float(mp.sqrt(variance)) if variance > mpf(10) ** -30 else 0.0


def merged(current, reference):
    """Neighbours together until the smaller sample is expected to have five rows in each."""
    total, least = sum(current) + sum(reference), min(sum(current), sum(reference))
    groups, a, b = [], 0, 0
    for c, r in zip(current, reference):
        a, b = a + c, b + r
        if (a + b) * least / total >= 5:
            groups.append([a, b])
            a, b = 0, 0
    if a + b > 0:
        last = groups.pop() if groups else [0, 0]
        groups.append([last[0] + a, last[1] + b])
    return [g[0] for g in groups], [g[1] for g in groups]


def grouped_case(name, current, reference):
    current, reference = [int(n) for n in current], [int(n) for n in reference]
    few, many = merged(current, reference)
    table = np.array([current, reference])
    assert (table.sum(axis=0) > 0).all(), name
    shares = table / table.sum(axis=1, keepdims=True)
    test = stats.chi2_contingency(table, correction=False)
    return {
        "name": name, "current": current, "reference": reference,
        "psi": float(psi(*smoothed(few), *smoothed(many))),
        "psi_standard_error": psi_standard_error(few, many),
        "jensen_shannon": float(jensenshannon(shares[0], shares[1], base=2)),
        "chi_square": float(test.statistic), "degrees_of_freedom": int(test.dof),
        "p": float(test.pvalue),
        "cramers_v": float(stats.contingency.association(table, method="cramer", correction=False)),
    }


def grouped(random):
    skew = 1 / np.arange(1, 21) ** 1.5
    skewed = [np.maximum(1, random.multinomial(n, w / w.sum()))
              for n, w in ((3000, skew * random.uniform(0.7, 1.4, 20)), (8000, skew))]
    return [
        grouped_case("identical", [120, 80, 200, 100], [120, 80, 200, 100]),
        grouped_case("same shares, other size", [12, 8, 20, 10], [120, 80, 200, 100]),
        grouped_case("small shift", [110, 95, 190, 105], [500, 400, 1000, 500]),
        grouped_case("large shift", [400, 50, 30, 20], [100, 150, 350, 400]),
        grouped_case("group empty in current", [0, 60, 140], [30, 100, 270]),
        grouped_case("group empty in reference", [25, 60, 140], [0, 100, 270]),
        grouped_case("disjoint", [40, 60, 0, 0], [0, 0, 70, 30]),
        grouped_case("two groups", [45, 155], [300, 700]),
        grouped_case("two groups, nearly one-sided", [999, 1], [4980, 20]),
        grouped_case("very unequal sizes", [5, 10, 15, 12, 8], [20000, 25000, 30000, 15000, 10000]),
        grouped_case("twenty skewed groups", *skewed),
        grouped_case("counts of one", [1, 1, 1, 1], [1, 1, 1, 2]),
        grouped_case("one row each", [1, 0], [0, 1]),
    ]


def sample_case(name, reference, current):
    reference, current = (np.round(np.asarray(v, dtype=float), 3) for v in (reference, current))
    return {
        "name": name, "reference": reference.tolist(), "current": current.tolist(),
        "ks": float(stats.ks_2samp(reference, current).statistic),
        "wasserstein": float(stats.wasserstein_distance(reference, current)),
        "reference_standard_deviation": float(np.std(reference, ddof=0)),
    }


def samples(random):
    same = random.normal(10, 2, 150)
    return [
        sample_case("shifted normals", random.normal(0, 1, 300), random.normal(0.4, 1.1, 200)),
        sample_case("identical", same, same),
        sample_case("identical, other order", same, random.permutation(same)),
        sample_case("many ties", random.integers(0, 6, 250), random.binomial(5, 0.4, 120)),
        sample_case("constant, equal", [2.5] * 40, [2.5] * 25),
        sample_case("constant, different", [2.5] * 40, [3.75] * 25),
        sample_case("constant reference, varying current", [2.5] * 40, random.normal(2.5, 1, 60)),
        sample_case("one row each", [1.25], [3.0]),
        sample_case("current outside the reference on both sides", random.uniform(-1, 1, 100),
                    np.concatenate([random.uniform(-9, -2, 30), random.uniform(2, 6, 50)])),
        sample_case("one outlier of 1e7", random.normal(50, 5, 200),
                    np.append(random.normal(50, 5, 99), 1e7)),
        sample_case("skewed", random.lognormal(1, 1, 400), random.lognormal(1.2, 0.9, 350)),
    ]


def write(name, cases):
    lines = ",\n".join(json.dumps(case, allow_nan=False) for case in cases)
    text = f'{{"tools": {json.dumps(TOOLS)},\n"cases": [\n{lines}\n]}}\n'
    (Path(__file__).parent / name).write_text(text)


if __name__ == "__main__":
    write("grouped.json", grouped(np.random.default_rng(SEED)))
    write("samples.json", samples(np.random.default_rng(SEED)))
