# SPDX-License-Identifier: Apache-2.0
"""Makes who.json: who has the event when, whether arms are as intended, and whom to contact.

Curves by scipy's censored distribution function, sample ratios as a ratio of scipy's two multinomial
laws, effects in matrices, the cut as a linear programme. Seed 20261204. Run: python3 who.py
"""

import json
import platform
from pathlib import Path

import numpy as np
import scipy
from scipy import optimize, special, stats

SEED = 20261204
TOOLS = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
rng = np.random.default_rng(SEED)
Z = stats.norm.ppf(0.975)


def around(estimate, error):
    return {"value": estimate, "error": error, "lower": estimate - Z * error, "upper": estimate + Z * error}


def curve(n, hazard, entry, horizon):
    """Days of events and of last observations of n customers; null where scipy has no limit."""
    event, last = rng.geometric(hazard, n) - 1, rng.integers(0, entry, n)
    day, has = np.minimum(event, last), event <= last
    rows = [[int(d), int((has & (day == d)).sum()), int((~has & (day == d)).sum())] for d in np.unique(day)]
    cut, counts = np.minimum(day, horizon), has & (day <= horizon)
    sf = stats.ecdf(stats.CensoredData(uncensored=cut[counts], right=cut[~counts])).sf
    limits = sf.confidence_interval(method="log-log") if counts.any() else None
    steps = []
    for i, d in enumerate(sf.quantiles):
        if not (counts & (cut == d)).any():
            continue
        low, high = limits.low.probabilities[i], limits.high.probabilities[i]
        steps.append({
            "day": int(d), "atRisk": int((cut >= d).sum()), "survival": sf.probabilities[i],
            "lower": None if np.isnan(low) else low, "upper": None if np.isnan(high) else high,
        })
    return {"rows": rows, "horizon": horizon, "steps": steps}


def ratio(shares, planned, looks):
    """Of each look: the mixture of Dirichlet-multinomial laws over the multinomial law."""
    p = np.array(shares) / np.sum(shares)
    logs = []
    for counts in looks:
        n = sum(counts)
        null = stats.multinomial.logpmf(counts, n, p)
        each = [stats.dirichlet_multinomial.logpmf(counts, planned / c * p, n) - null for c in (100, 10, 1)]
        logs.append(special.logsumexp(each) - np.log(3))
    return {"shares": shares, "planned": planned, "looks": looks, "logs": logs, "p": min(1, np.exp(-max(logs)))}


def tiers(d, se):
    d, se = np.array(d), np.array(se)
    k, v, one = len(d), np.diag(se**2), np.ones(len(d))

    def projection(between):
        """P with d' P d the weighted squares around the weighted mean, and the weights."""
        w = np.linalg.inv(v + between * np.eye(k))
        return w - w @ np.outer(one, one) @ w / (one @ w @ one), w

    def excess(between):
        return d @ projection(between)[0] @ d - (k - 1)

    between = optimize.brentq(excess, 0, 1e3 * np.var(d) + 1, xtol=1e-18, rtol=1e-15) if excess(0) > 0 else 0.0
    q = d @ projection(0)[0] @ d
    p_matrix, w = projection(between)
    mean = one @ w @ d / (one @ w @ one)
    if k > 3:
        factor = (k - 3) / (k - 1)
        estimate = d - factor * v @ p_matrix @ d
        drawn = factor * np.diag(v @ w)
        typical = np.trace(w @ v) / np.trace(w)
        unsure = 2 / (k - 3) * drawn**2 * (typical + between) * np.diag(w) * (d - mean) ** 2
        error = np.sqrt(np.diag(v - factor * v @ p_matrix @ v) + unsure)
    else:
        estimate, error = d, se
    trend = None
    if k > 1:
        # Least squares of scaled rows, whose covariance is not rescaled by the residuals.
        design = np.column_stack([np.ones(k), np.arange(k)]) / se[:, None]
        slope = np.linalg.lstsq(design, d / se, rcond=None)[0][1]
        slope_error = np.sqrt(np.linalg.inv(design.T @ design)[1, 1])
        trend = {**around(slope, slope_error), "p": stats.chi2.sf((slope / slope_error) ** 2, 1)}
    return {
        "effects": list(d), "errors": list(se), "q": q, "p": stats.chi2.sf(q, k - 1) if k > 1 else 1.0,
        "between": between, "mean": around(mean, np.sqrt(1 / (one @ w @ one))),
        "shrunken": [around(e, s) for e, s in zip(estimate, error)], "trend": trend,
    }


def cut(rows, capacity):
    """rows: customers, effect, error, value, cost. The best plan as a linear programme."""
    n, effect, error, value, cost = np.array(rows, float).T
    net = effect * value - cost

    def plan(x):
        figure = around(x @ net, np.sqrt(((x * value * error) ** 2).sum()))
        return {**figure, "chance": stats.norm.sf(0, figure["value"], figure["error"])}

    def best(limit):
        found = optimize.linprog(-net, A_ub=[np.ones(len(n))], b_ub=[limit], bounds=list(zip(0 * n, n)))
        return np.round(found.x)

    return {
        "tiers": rows, "capacity": capacity, "contacted": [int(x) for x in best(capacity)],
        "plan": plan(best(capacity)), "unlimited": plan(best(n.sum())), "everyone": plan(n),
    }


def uplift(rows, prices):
    """rows: rank, customers, effect, error. Points by depth, from one matrix and its covariance."""
    rank, n, effect, error = np.array(rows, float).T
    value, contact = prices or (1000 / n.sum(), 0)
    depths = np.unique(rank)[::-1]
    inside = (rank[None, :] >= depths[:, None]).astype(float)
    share = inside @ n / n.sum()
    covariance = np.diag((n * value * error) ** 2)
    gain, chance = n * (effect * value - contact), inside - share[:, None]
    errors, off = (np.sqrt(np.maximum(0, np.diag(m @ covariance @ m.T))) for m in (inside, chance))
    return {
        "tiers": rows, "prices": prices,
        "points": [
            {"depth": share[i], "gain": around(inside[i] @ gain, errors[i]), "random": share[i] * gain.sum(),
             "advantage": around(chance[i] @ gain, off[i])}
            for i in range(len(depths))
        ],
    }


def balance(arms):
    """arms: customers, mean, standard deviation; the control first."""
    (n, m, s), treated = arms[0], arms[1:]
    found = []
    for k, mean, deviation in treated:
        p = stats.ttest_ind_from_stats(mean, deviation, k, m, s, n, equal_var=False).pvalue
        found.append({
            "difference": mean - m, "standardised": (mean - m) / np.sqrt(np.mean([s**2, deviation**2])),
            "p": p, "adjustedP": min(1, len(treated) * p),
        })
    return {"arms": arms, "found": found}


def main():
    curves = [curve(40, 0.05, 40, 30), curve(500, 0.01, 120, 90), curve(3000, 0.004, 200, 60),
              curve(60, 0.2, 1000, 400)]
    ratios = [
        ratio([0.5, 0.5], 1000, [[60, 40], [260, 240], [500, 600]]),
        ratio([0.9, 0.1], 20000, [[900, 100], [8900, 1100], [17900, 2250]]),
        ratio([1, 1, 2], 5000, [[30, 20, 50], [300, 250, 450], [1250, 1240, 2510]]),
    ]
    effects = [
        tiers([0.01, 0.035, 0.06, 0.02, -0.03], [0.01, 0.012, 0.015, 0.02, 0.02]),
        tiers([0.02, 0.022, 0.018, 0.021], [0.01, 0.012, 0.015, 0.02]),
        tiers([3.0, -1.0, 8.0, 14.0, 9.0, 11.0, 30.0], [1.0, 2.0, 1.5, 4.0, 2.5, 1.0, 6.0]),
        tiers([0.01, 0.05, 0.02], [0.01, 0.01, 0.02]),
        tiers([0.02], [0.01]),
    ]
    rows = [[4000, 0.012, 0.006, 300, 2.5], [2500, 0.031, 0.008, 300, 2.5], [1200, 0.028, 0.011, 420, 4],
            [900, -0.02, 0.015, 500, 2.5], [3000, 0.006, 0.004, 300, 2.5]]
    cuts = [cut(rows, 3000), cut(rows, 9000), cut(rows, 2500)]
    ranked = [[0.1, 5000, 0.002, 0.004], [0.3, 3000, 0.02, 0.008], [0.3, 500, 0.01, 0.02],
              [0.6, 2000, 0.045, 0.01], [0.9, 800, -0.01, 0.02]]
    curves_up = [uplift(ranked, None), uplift(ranked, [250, 1.5])]
    balances = [
        balance([[1000, 50.2, 12.1], [1100, 50.9, 12.8], [990, 52.5, 11.0]]),
        balance([[25, 0.2, 0.05], [40, 0.23, 0.09]]),
        balance([[200000, 9.1e6, 3e5], [190000, 9.1003e6, 3.1e5], [300, 9.2e6, 2.9e5], [2, 9e6, 1e5]]),
    ]
    document = {"tools": TOOLS, "curves": curves, "ratios": ratios, "tiers": effects, "cuts": cuts,
                "uplifts": curves_up, "balances": balances}
    plain = json.loads(json.dumps(document, default=float))
    lines = [f'"tools": {json.dumps(plain.pop("tools"))}']
    for name, cases in plain.items():
        lines.append(f'"{name}": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]")
    (Path(__file__).parent / "who.json").write_text("{" + ",\n".join(lines) + "}\n")


main()
