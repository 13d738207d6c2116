"""The Hillstrom e-mails (women's against none) and a planned campaign from statsmodels and tea-tasting.

Run: HILLSTROM=hillstrom.csv.gz python3 peers.py > peers.json   (pip install statsmodels tea-tasting pandas)
Results only, no rows. Where definitions agree the tests ask for nine digits; where they differ:
- tea-tasting's interval of a share's difference is Welch's; ours is Newcombe's, which statsmodels has.
- tea-tasting's p-value of conversion is Welch's; ours is the pooled z, which statsmodels has.
"""

import csv
import gzip
import json
import os
import sys

import numpy as np
import pandas as pd
import scipy
import statsmodels
import tea_tasting as tt
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

rows = list(csv.DictReader(gzip.open(os.environ["HILLSTROM"], "rt")))
data = pd.DataFrame(
    {
        "variant": [int(r["segment"] == "Womens E-Mail") for r in rows],
        **{m: [float(r[m]) for r in rows] for m in ("visit", "conversion", "spend", "history")},
    }
)[[r["segment"] != "Mens E-Mail" for r in rows]]
control, treated = data[data.variant == 0], data[data.variant == 1]
found = {}
for metric in ("visit", "conversion", "spend"):
    test = tt.Experiment(
        plain=tt.Mean(metric, equal_var=False, use_t=True),
        cuped=tt.Mean(metric, "history", equal_var=False, use_t=True),
    ).analyze(data)
    means = CompareMeans(DescrStatsW(treated[metric]), DescrStatsW(control[metric]))
    item = {
        "name": metric,
        "welch_interval": list(means.tconfint_diff(usevar="unequal")),
        "welch_p": means.ttest_ind(usevar="unequal")[1],
    }
    for name in ("plain", "cuped"):
        r = test[name]
        item[f"tea_{name}"] = {
            "difference": r.effect_size, "lower": r.effect_size_ci_lower, "upper": r.effect_size_ci_upper,
            "p": r.pvalue, "lift": r.rel_effect_size, "lift_lower": r.rel_effect_size_ci_lower,
            "lift_upper": r.rel_effect_size_ci_upper,
        }
    if metric != "spend":
        x, n = [int(treated[metric].sum()), int(control[metric].sum())], [len(treated), len(control)]
        item["newcombe"] = list(confint_proportions_2indep(x[0], n[0], x[1], n[1], method="newcomb"))
        item["z_p"] = proportions_ztest(x, n)[1]
    found[metric] = item
# An effect on a mean: customers in total with a fifth in the control, by statsmodels' solver.
plans = []
for effect, deviation, share in ((1.0, 10.0, 0.5), (0.5, 4.0, 0.2), (2.0, 30.0, 0.35)):
    n1 = NormalIndPower().solve_power(effect / deviation, alpha=0.05, power=0.8, ratio=(1 - share) / share)
    plans.append({"effect": effect, "deviation": deviation, "control": share, "customers": n1 / share})
json.dump(
    {
        "versions": {"statsmodels": statsmodels.__version__, "tea-tasting": "1.14.0", "scipy": scipy.__version__, "numpy": np.__version__},
        "metrics": list(found.values()), "plans": plans,
    },
    sys.stdout, indent=1,
)
