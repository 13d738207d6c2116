# SPDX-License-Identifier: Apache-2.0
"""Makes sequential.json: boundaries of group-sequential tests, their power, repeated p-values and sample sizes.

Up to five looks through probabilities of boxes under the multivariate normal distribution (scipy, Genz's integration,
seed 20261125): no recursion. Many looks, and looks close to each other, on a grid of equal steps by numpy: a matrix
of normal probabilities of cells instead of a density. Sample sizes by searching the formula of power.
Run: python3 sequential.py
"""

import json
import platform
from pathlib import Path

import numpy as np
import scipy
from scipy import optimize, stats
from scipy.special import ndtr

SEED = 20261125
NORMAL = stats.norm
EQUAL = [0.2, 0.4, 0.6, 0.8, 1.0]


def spent(t, alpha):
    """By one side: alpha / 2 at t = 1 (Lan and DeMets 1983)."""
    return 2 * NORMAL.sf(NORMAL.isf(alpha / 4) / np.sqrt(t))


def box(lower, upper, times, drift=0.0):
    """P(lower < Z < upper) where Z are the z of the looks, with mean drift * sqrt(t) and Brownian correlations."""
    t = np.array(times)
    mean = drift * np.sqrt(t)
    if len(t) == 1:
        return float(NORMAL.cdf(upper[0] - mean[0]) - NORMAL.cdf(lower[0] - mean[0]))
    cov = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    return float(stats.multivariate_normal.cdf(
        np.array(upper), mean, cov, lower_limit=np.array(lower), maxpts=400_000 * len(t), abseps=1e-8, releps=1e-7,
        rng=np.random.default_rng(SEED)))


def boundaries(times, alpha):
    found = [float(NORMAL.isf(spent(times[0], alpha)))]
    for k in range(1, len(times)):
        target = spent(times[k], alpha) - spent(times[k - 1], alpha)
        inside = [-b for b in found], list(found)
        def excess(b):
            return box(inside[0] + [b], inside[1] + [40.0], times[:k + 1]) / target - 1
        start = NORMAL.isf(spent(times[k], alpha))
        found.append(float(optimize.brentq(excess, start - 0.6, start + 0.6, xtol=1e-7)))
    return found


def power(bounds, times, drift):
    """The chance to cross the upper boundary before any other."""
    total = 0.0
    for k in range(len(times)):
        total += box([-b for b in bounds[:k]] + [bounds[k]], bounds[:k] + [40.0 + drift], times[:k + 1], drift)
    return total


def grid_boundaries(times, alpha, step):
    """The same on cells of equal width; probability starts at cell centres. Its error falls with the step's square."""
    found, centres, masses, before, used = [], np.zeros(1), np.ones(1), 0.0, 0.0
    for t in times:
        target, sd = spent(t, alpha) - used, np.sqrt(t - before)
        def excess(edge):
            return np.log(max(1e-300, masses @ ndtr(-(edge - centres) / sd))) - np.log(target)
        edge = optimize.brentq(excess, 0, (0.1 + NORMAL.isf(target)) * np.sqrt(t), xtol=1e-13)
        borders = np.linspace(-edge, edge, int(np.ceil(2 * edge / step)) + 1)
        middles = (borders[1:] + borders[:-1]) / 2
        u = (borders[:, None] - centres[None, :]) / sd
        # Differences of the nearer tail, which is the smaller number.
        cells = np.where(u[:-1] > 0, -np.diff(ndtr(-u), axis=0), np.diff(ndtr(u), axis=0))
        masses, centres = cells @ masses, middles
        found.append(float(edge / np.sqrt(t)))
        before, used = t, spent(t, alpha)
    return found


def richardson(times, alpha, step):
    coarse, fine = (np.array(grid_boundaries(times, alpha, s)) for s in (step, step / 2))
    return [float(b) for b in fine + (fine - coarse) / 3]


def share_power(total, c, t, p0, p1, alpha):
    null = (c * p0 + t * p1) / (c + t)
    pooled = np.sqrt(null * (1 - null) * (1 / (c * total) + 1 / (t * total)))
    own = np.sqrt(p0 * (1 - p0) / (c * total) + p1 * (1 - p1) / (t * total))
    return NORMAL.cdf((abs(p1 - p0) - NORMAL.isf(alpha / 2) * pooled) / own)


def mean_power(total, c, t, sd, effect, alpha):
    return NORMAL.cdf(abs(effect) / (sd * np.sqrt(1 / (c * total) + 1 / (t * total))) - NORMAL.isf(alpha / 2))


def exact_power(n, m, p0, p1, alpha):
    """Of the pooled z test, over all tables."""
    x, y = np.arange(n + 1)[:, None], np.arange(m + 1)[None, :]
    pooled = (x + y) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.abs(y / m - x / n) / error
    hit = np.nan_to_num(z) > NORMAL.isf(alpha / 2)
    return float((stats.binom.pmf(x, n, p0) * stats.binom.pmf(y, m, p1) * hit).sum())


def size(kind, c, t, baseline, effect, alpha=0.05, wanted=0.8, arms=1, correlation=0.0, reach=1.0, looks=(1.0,)):
    """`baseline` is the control's share, or the standard deviation of an amount."""
    level = alpha / arms
    def reached(n, e):
        if kind == "event":
            return share_power(n, c, t, baseline, baseline + e, level)
        return mean_power(n, c, t, baseline, e, level)
    plain = optimize.brentq(lambda n: reached(n, effect) - wanted, 1e-3, 1e12, xtol=1e-6, rtol=1e-14)
    inflation = 1.0
    if list(looks) != [1.0]:
        fixed = NORMAL.isf(level / 2) + NORMAL.ppf(wanted)
        bounds = boundaries(list(looks), level)
        drift = optimize.brentq(lambda d: power(bounds, list(looks), d) - wanted, fixed, 1.3 * fixed, xtol=1e-7)
        inflation = (drift / fixed) ** 2
    factor = inflation * (1 - correlation**2) / reach**2
    total = 20_000
    largest = ((1 - baseline) if effect > 0 else baseline) if kind == "event" else 1e6
    sign = np.sign(effect)
    smallest = sign * optimize.brentq(lambda e: reached(total / factor, sign * e) - wanted, 1e-9, largest * (1 - 1e-9), xtol=1e-14)
    case = {
        "kind": kind, "control": c, "treated": t, "baseline": baseline, "effect": effect, "alpha": alpha, "power": wanted,
        "arms": arms, "correlation": correlation, "reach": reach, "looks": list(looks), "inflation": inflation,
        "customers": plain * factor, "total": total, "smallestEffect": float(smallest),
    }
    if kind == "event" and plain < 6000 and c + t == 1:
        n, m = round(c * plain), round(t * plain)
        case["exactPower"] = exact_power(n, m, baseline, baseline + effect, level)
    return case


if __name__ == "__main__":
    bounds = []
    for alpha, times in (
        (0.05, [0.5, 1.0]), (0.05, [0.3, 0.35, 1.0]), (0.05, [0.25, 0.5, 0.75, 1.0]), (0.05, EQUAL), (0.01, EQUAL),
        (0.2, [0.15, 0.6, 0.7, 1.0]), (0.05, [0.1, 0.45, 0.8]), (0.05, [0.2, 0.21, 0.9, 0.95, 1.0]),
    ):
        bounds.append({"alpha": alpha, "fractions": times, "boundaries": boundaries(times, alpha), "tolerance": 2e-5})
    for alpha, times, step in (
        (0.05, [k / 20 for k in range(2, 21)], 0.004), (0.05, [k / 60 for k in range(3, 61)], 0.004),
        (0.05, [0.5, 0.5005, 0.501, 1.0], 0.0008),
    ):
        made = {"alpha": alpha, "fractions": times, "boundaries": richardson(times, alpha, step), "tolerance": 2e-6}
        bounds.append(made)
    powers = []
    for case in bounds[:8]:
        for drift in (1.0, 2.8, 3.5):
            value = power(case["boundaries"], case["fractions"], drift)
            powers.append({"alpha": case["alpha"], "fractions": case["fractions"], "drift": drift, "power": value})
    repeated = []
    for z, times in (([2.1, 1.7], [0.4, 0.9]), ([2.9, -2.4, 1.0], [0.3, 0.6, 1.0]), ([0.8, 2.2], [0.5, 1.0]), ([4.0], [0.25])):
        def crossed(log_alpha):
            found = boundaries(times, np.exp(log_alpha))
            return max(abs(a) - b for a, b in zip(z, found))
        p = float(np.exp(optimize.brentq(crossed, np.log(1e-6), np.log(0.9), xtol=1e-6)))
        repeated.append({"z": z, "fractions": times, "p": p})
    sizes = [
        size("event", 0.5, 0.5, 0.15, -0.02),
        size("event", 0.2, 0.8, 0.15, -0.02),
        size("event", 0.2, 0.8, 0.15, 0.02, wanted=0.9),
        size("event", 0.3, 0.7, 0.3, -0.06, alpha=0.1),
        size("event", 0.2, 0.4, 0.15, -0.02, arms=2, correlation=0.4, reach=0.7),
        size("event", 0.5, 0.5, 0.25, -0.05, looks=[0.25, 0.5, 0.75, 1.0]),
        size("amount", 0.5, 0.5, 40.0, 2.0),
        size("amount", 0.1, 0.9, 40.0, -1.5, wanted=0.9, correlation=0.8, looks=EQUAL),
        size("amount", 0.25, 0.25, 12.5, 0.75, arms=3, reach=0.5, looks=[0.5, 1.0]),
    ]
    tools = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    parts = [f'"tools": {json.dumps(tools)}']
    for name, rows in (("boundaries", bounds), ("powers", powers), ("repeated", repeated), ("sizes", sizes)):
        parts.append(f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]")
    (Path(__file__).parent / "sequential.json").write_text("{" + ",\n".join(parts) + "}\n")
