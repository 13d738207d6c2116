"""Effects of a shift on recall and wrong decisions, from their definitions, with numerical delta-method errors.

Run: python3 shift_effects.py > shift_effects.json
"""

import json

import numpy as np

rng = np.random.default_rng(20261121)


def effects(reference, window):
    """reference, window: groups x (caught, missed, false alarm, other)."""
    n, m = reference.sum(1), window.sum(1)
    a, b, f = reference[:, 0], reference[:, 1], reference[:, 2]
    size = n + 1
    rows = n.sum()
    caught = (a + a.sum() / rows) / size
    churn = (a + b + (a + b).sum() / rows) / size
    wrong = (b + f + (b + f).sum() / rows) / size
    recall = a.sum() / (a + b).sum()
    hit = (a + recall) / (a + b + 1)
    loss = (b + f).sum() / rows
    share = m / m.sum()
    mixed = share @ caught / (share @ churn)
    churners = window[:, 0] + window[:, 1]
    turned = churners @ hit / churners.sum()
    return np.array([
        mixed - recall,
        turned - mixed,
        share @ wrong - loss,
        ((churners / m.sum() - share * churn) * (1 - 2 * hit)).sum(),
    ])


def errors(reference, window):
    """Standard errors: the multinomial delta method with central differences."""
    variance = np.zeros(4)
    for side in (0, 1):
        counts = (reference, window)[side]
        slopes = np.zeros(counts.shape + (4,))
        for index in np.ndindex(counts.shape):
            step = 1e-4 * max(1.0, counts[index])
            up, down = counts.copy(), counts.copy()
            up[index] += step
            down[index] -= step
            pair = [(up, window), (down, window)] if side == 0 else [(reference, up), (reference, down)]
            slopes[index] = (effects(*pair[0]) - effects(*pair[1])) / (2 * step)
        total = counts.sum()
        mean = (counts[..., None] * slopes).sum((0, 1))
        variance += (counts[..., None] * slopes**2).sum((0, 1)) - mean**2 / total
    return np.sqrt(variance)


cases = []
for groups in (2, 5, 12):
    for size in (4_000, 60_000):
        shares = rng.dirichlet(np.full(groups, 5.0), 2)
        churn = rng.uniform(0.05, 0.4, (2, groups))
        hit = rng.uniform(0.2, 0.9, groups)
        alarm = rng.uniform(0.02, 0.2, groups)
        sides = []
        for side in (0, 1):
            p = np.stack([
                churn[side] * hit, churn[side] * (1 - hit), (1 - churn[side]) * alarm,
                (1 - churn[side]) * (1 - alarm),
            ], 1) * shares[side][:, None]
            sides.append(rng.multinomial(size, p.ravel()).reshape(groups, 4).astype(float))
        values, deviations = effects(*sides), errors(*sides)
        cases.append({
            "reference": sides[0].astype(int).tolist(), "window": sides[1].astype(int).tolist(),
            "values": values.tolist(), "errors": deviations.tolist(),
        })

print(json.dumps({"cases": cases}, indent=1))
