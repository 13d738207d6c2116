# SPDX-License-Identifier: Apache-2.0
"""Makes two_sample_ks.json: exact p-values of the two-sample Kolmogorov-Smirnov distance, from scipy.
Seed 7. Run: python3 two_sample_ks.py"""

import json
import platform
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

if __name__ == "__main__":
    random = np.random.default_rng(7)
    made = []
    for n, m, shift in ((8, 8, 0.9), (5, 12, 0), (1, 1, 0), (3, 200, 1), (40, 60, 0.4), (100, 100, 0.2),
                        (100, 1000, 0.1), (250, 400, 0.15), (30, 30, 3), (7, 13, 0)):
        x, y = random.normal(size=n), random.normal(shift, size=m)
        result = stats.ks_2samp(x, y, method="exact")
        made.append({"n": n, "m": m, "d": float(result.statistic), "p": float(result.pvalue)})
    lines = ",\n".join(json.dumps(one) for one in made)
    tools = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    (Path(__file__).parent / "two_sample_ks.json").write_text(
        f'{{"tools": {json.dumps(tools)},\n"cases": [\n{lines}\n]}}\n')
