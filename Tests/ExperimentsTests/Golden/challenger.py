# SPDX-License-Identifier: Apache-2.0
"""Makes challenger.json: differences of two models by their definitions with numpy and scipy.

AUC by all pairs of a churner and another customer (ties 1/2), its covariance by DeLong, DeLong and
Clarke-Pearson (1988), with repeated customers by Obuchowski (1997); recall at capacity customer by
customer with the influence formula written out; losses
by scipy's t tests. Run: python3 challenger.py > challenger.json
"""

import json
import platform
import sys

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20270114)
Z = stats.norm.ppf(0.975)


def normal(champion, challenger, variance):
    d, error = challenger - champion, np.sqrt(variance)
    return {"champion": champion, "challenger": challenger, "difference": d, "standardError": error,
            "lower": d - Z * error, "upper": d + Z * error, "p": 2 * stats.norm.sf(abs(d) / error)}


def student(champion, challenger, error, freedom):
    d, t = challenger - champion, stats.t.ppf(0.975, freedom)
    return {"champion": champion, "challenger": challenger, "difference": d, "standardError": error,
            "lower": d - t * error, "upper": d + t * error, "p": 2 * stats.t.sf(abs(d) / error, freedom)}


def kernel(y, s):
    x, o = s[y][:, None], s[~y][None, :]
    return (x > o) + 0.5 * (x == o)


def delong(y, scores):
    """AUCs and their covariance matrix, from placements (the paper's S10 / m + S01 / n)."""
    k = [kernel(y, s) for s in scores]
    v10, v01 = np.array([a.mean(axis=1) for a in k]), np.array([a.mean(axis=0) for a in k])
    m, n = y.sum(), (~y).sum()
    return [a.mean() for a in k], np.atleast_2d(np.cov(v10)) / m + np.atleast_2d(np.cov(v01)) / n


def obuchowski(y, scores, customer):
    """The same where rows of one customer vary together."""
    k = [kernel(y, s) for s in scores]
    areas = np.array([a.mean() for a in k])
    m, n, names = y.sum(), (~y).sum(), np.unique(customer)
    x = np.array([[(a.mean(axis=1) - t)[customer[y] == c].sum() for c in names] for a, t in zip(k, areas)])
    o = np.array([[(a.mean(axis=0) - t)[customer[~y] == c].sum() for c in names] for a, t in zip(k, areas)])
    i10, i01, i = len(np.unique(customer[y])), len(np.unique(customer[~y])), len(names)
    s10 = i10 / ((i10 - 1) * m) * x @ x.T
    s01 = i01 / ((i01 - 1) * n) * o @ o.T
    s11 = i / (i - 1) * x @ o.T
    return list(areas), s10 / m + s01 / n + (s11 + s11.T) / (m * n)


def listed(s, size):
    """The chance of each row to be on the list of the highest scores, lots drawn among ties."""
    out = np.empty(len(s))
    for i, value in enumerate(s):
        above, tied = (s > value).sum(), (s == value).sum()
        out[i] = min(1, max(0, (size - above) / tied))
    return out


def recall(y, s, kappa):
    """Recall at the share kappa and what each row adds to it: ((y - h) w + h kappa - R y) / churners,
    h the churn rate of the places next to the edge of the list."""
    n = len(y)
    size = kappa * n
    width = min(size, n - size, max(1, n**0.8 / 4))
    h = (y @ listed(s, size + width) - y @ listed(s, size - width)) / (2 * width)
    w = listed(s, size)
    r = y @ w / y.sum()
    return r, ((y - h) * w + h * kappa - r * y) / y.sum()


def added(values, customer):
    """The variance of a sum of shares that are 0 on average, customers independent."""
    names = np.arange(len(values)) if customer is None else customer
    sums = np.array([values[names == c].sum() for c in np.unique(names)])
    return len(sums) / (len(sums) - 1) * (sums**2).sum(), len(sums)


def brier(y, s):
    return (s - y) ** 2


def log_loss(y, s):
    return -np.log(np.maximum(np.where(y, s, 1 - s), 2.0**-52))


def disagreement(y, a, b, kappa, own, customer):
    n = len(y)
    sizes = np.floor(kappa * n + 0.5), np.floor(own * n + 0.5)
    move = listed(b, sizes[1]) - listed(a, sizes[0])
    out, shares, least = {"contacts": int(sizes[1] - sizes[0])}, np.zeros(n), 0
    for name, part in (("Champion", move < 0), ("Challenger", move > 0)):
        count, churners = np.abs(move[part]).sum(), (np.abs(move) * y)[part].sum()
        out["only" + name] = [count, churners]
        shares[part] = move[part] * (y[part] - churners / max(count, 1e-300))
        share = (churners + 1) / (count + 2)
        least += (move[part] ** 2).sum() * share * (1 - share)
    error = np.sqrt(max(added(shares, customer)[0], least))
    gained = out["onlyChallenger"][1] - out["onlyChampion"][1]
    worth, cost = 0.3 * 250, 4
    net = gained * worth - out["contacts"] * cost
    return out | {"standardError": error, "net": net, "lower": net - Z * error * worth, "upper": net + Z * error * worth}


def paired(name, y, a, b, kappa, customer=None, own=None):
    areas, c = delong(y, [a, b]) if customer is None else obuchowski(y, [a, b], customer)
    out = {"auc": normal(areas[0], areas[1], c[0, 0] + c[1, 1] - 2 * c[0, 1])}
    (ra, ia), (rb, ib) = recall(y, a, kappa), recall(y, b, kappa)
    out["recall_at_capacity"] = normal(ra, rb, added(ib - ia, customer)[0])
    for key, loss in (("brier_score", brier), ("log_loss", log_loss)):
        x, z = loss(y, a), loss(y, b)
        if customer is None:
            test = stats.ttest_rel(z, x)
            interval = test.confidence_interval(0.95)
            d = z.mean() - x.mean()
            out[key] = {"champion": x.mean(), "challenger": z.mean(), "difference": d,
                        "standardError": d / test.statistic, "lower": interval.low, "upper": interval.high,
                        "p": test.pvalue}
        else:
            v, g = added((z - x - (z - x).mean()) / len(y), customer)
            out[key] = student(x.mean(), z.mean(), np.sqrt(v), g - 1)
    own = kappa if own is None else own
    return {"name": name, "labels": y.astype(int).tolist(), "champion": a.tolist(), "challenger": b.tolist(),
            "customers": None if customer is None else customer.tolist(), "capacity": kappa, "challengerCapacity": own,
            "metrics": out, "disagreement": disagreement(y, a, b, kappa, own, customer)}


def split(name, one, two, kappa):
    (ya, a, ca), (yb, b, cb) = one, two
    aucs = [delong(y, [s]) if c is None else obuchowski(y, [s], c) for y, s, c in (one, two)]
    out = {"auc": normal(aucs[0][0][0], aucs[1][0][0], aucs[0][1][0, 0] + aucs[1][1][0, 0])}
    (ra, ia), (rb, ib) = recall(ya, a, kappa), recall(yb, b, kappa)
    out["recall_at_capacity"] = normal(ra, rb, added(ia, ca)[0] + added(ib, cb)[0])
    for key, loss in (("brier_score", brier), ("log_loss", log_loss)):
        x, z = loss(ya, a), loss(yb, b)
        if ca is None:
            test = stats.ttest_ind(z, x, equal_var=False)
            interval = test.confidence_interval(0.95)
            d = z.mean() - x.mean()
            out[key] = {"champion": x.mean(), "challenger": z.mean(), "difference": d,
                        "standardError": d / test.statistic, "lower": interval.low, "upper": interval.high,
                        "p": test.pvalue}
        else:
            (v, g), (w, h) = added((x - x.mean()) / len(x), ca), added((z - z.mean()) / len(z), cb)
            out[key] = student(x.mean(), z.mean(), np.sqrt(v + w), (v + w) ** 2 / (v**2 / (g - 1) + w**2 / (h - 1)))
    def arm(y, s, c):
        return {"labels": y.astype(int).tolist(), "scores": s.tolist(), "customers": None if c is None else c.tolist()}
    return {"name": name, "champion": arm(*one), "challenger": arm(*two), "capacity": kappa, "metrics": out}


def draw(customers, rows, rate, signals, digits):
    """Labels and scores with many ties; rows of a customer share most of the score, some the label."""
    customer = np.repeat(rng.permutation(10 * customers)[:customers], rows)
    left = np.repeat(rng.random(customers) < rate, rows)
    y = np.where(rng.random(len(left)) < 0.1, ~left, left)
    scores = []
    for signal in signals:
        x = signal * y + 0.7 * np.repeat(rng.normal(size=customers), rows) + 0.7 * rng.normal(size=len(y))
        scores.append(np.round(1 / (1 + np.exp(-(x - 1))), digits))
    order = rng.permutation(len(y))
    return y[order], [s[order] for s in scores], customer[order] if rows > 1 else None


cases = []
for name, customers, rows, rate, signals, digits, kappa, own in (
    ("ties", 150, 1, 0.25, (1.0, 1.4), 1, 0.2, None),
    ("few ties", 120, 1, 0.3, (1.2, 1.0), 6, 0.15, 0.25),
    ("hardly any value", 90, 1, 0.4, (0.8, 0.8), 0, 0.33, None),
    ("customers with three rows", 50, 3, 0.3, (1.0, 1.5), 1, 0.2, None),
    ("customers with two rows", 60, 2, 0.3, (1.0, 1.3), 3, 0.1, 0.15),
):
    y, (a, b), c = draw(customers, rows, rate, signals, digits)
    if name == "few ties":
        a[np.argmax(y)], b[np.argmin(y)] = 0, 1  # losses that would be infinite
    cases.append(paired(name, y, a, b, kappa, c, own))
splits = []
for name, sizes, rows, digits in (("ties", (140, 100), 1, 1), ("few ties", (90, 130), 1, 5), ("rows", (40, 50), 3, 1)):
    arms = []
    for size, signal in zip(sizes, (1.0, 1.4)):
        y, (s,), c = draw(size, rows, 0.3, (signal,), digits)
        arms.append((y, s, c))
    splits.append(split(name, *arms, 0.2))


tools = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
text = json.dumps({"tools": tools, "paired": cases, "split": splits}, default=float)
sys.stdout.write(text.replace('{"name"', '\n{"name"').replace('"paired"', '\n"paired"').replace('"split"', '\n"split"') + "\n")
