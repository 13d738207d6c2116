# SPDX-License-Identifier: Apache-2.0
"""Makes distributions.json: expected quantiles, tail probabilities and intervals
from scipy and statsmodels. Nothing is random. Run: python3 generate.py"""

import json
import math
import platform
from pathlib import Path

import scipy
import statsmodels
from scipy import special, stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

TOOLS = {"python": platform.python_version(), "scipy": scipy.__version__,
         "statsmodels": statsmodels.__version__}
SMALLEST_TAIL = 1e-10
CASES = []


def add(function, value, *arguments):
    """Keeps a case, unless the library itself has no answer."""
    if math.isfinite(value):
        CASES.append({"function": function, "arguments": list(arguments), "value": float(value)})


def normal():
    for p in (1e-12, 1e-9, 1e-6, 1e-4, 0.001, 0.01, 0.02425, 0.025, 0.1, 0.25, 0.5, 0.6, 0.75,
              0.9, 0.975, 0.99, 0.995, 0.9999, 1 - 1e-6, 1 - 1e-9):
        add("normal_quantile", stats.norm.ppf(p), p)
    for x in (-8.0, -5.0, -3.0, -1.96, -1.0, -0.1, 0.0, 0.1, 0.5, 1.0, 1.2815515655446004,
              1.959963984540054, 2.5758293035489004, 4.0, 6.0, 8.0, 10.0, 20.0):
        add("normal_upper_tail", stats.norm.sf(x), x)


def chi2():
    for df in (1, 2, 3, 9, 20, 100):
        for p in (0.001, 0.05, 0.5, 0.95, 0.9999):
            add("chi2_quantile", stats.chi2.ppf(p, df), p, df)
    for df, xs in ((1, (0.0, 0.001, 0.5, 3.841458820694124, 10.0, 50.0)), (2, (0.1, 5.0, 40.0)),
                   (3, (0.5, 7.8, 30.0)), (9, (1.0, 9.0, 16.919, 60.0)),
                   (20, (5.0, 20.0, 31.41, 90.0)), (100, (60.0, 100.0, 124.3, 200.0))):
        for x in xs:
            add("chi2_upper_tail", stats.chi2.sf(x, df), x, df)


def noncentral_chi2():
    exact = ((1, 0.1), (2, 1.0), (4, 0.5), (9, 10.0), (1, 50.0), (9, 300.0), (20, 1000.0),
             (3, 5000.0), (9, 15000.0))
    large = ((1, 25000.0), (9, 25000.0), (4, 60000.0), (9, 200000.0), (20, 1000000.0))
    for suffix, settings in (("", exact), ("_large", large)):
        for df, ncp in settings:
            for p in (0.01, 0.5, 0.95) if suffix == "" else (0.01, 0.05, 0.5, 0.95):
                add("ncx2_quantile" + suffix, stats.ncx2.ppf(p, df, ncp), p, df, ncp)
            mean, sd = stats.ncx2.mean(df, ncp), stats.ncx2.std(df, ncp)
            for k in (-1.5, 0.0, 3.0) if suffix == "" else (-2.0, 0.0, 1.5, 3.0):
                x = round(float(mean + k * sd), 2)
                tail = stats.ncx2.sf(x, df, ncp)
                if x > 0 and tail >= SMALLEST_TAIL:
                    add("ncx2_upper_tail" + suffix, tail, x, df, ncp)


def fisher_f():
    for numerator, denominator in ((1, 3), (1, 11), (2.5, 7.5), (9, 27), (9, 99), (4.37, 21.85)):
        for p in (0.01, 0.5, 0.95, 0.99, 0.9999):
            add("f_quantile", stats.f.ppf(p, numerator, denominator), p, numerator, denominator)
        for x in (0.1, 1.0, 4.0, 34.0):
            add("f_upper_tail", stats.f.sf(x, numerator, denominator), x, numerator, denominator)


def kolmogorov():
    for x in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.82, 0.9, 1.0, 1.18, 1.2, 1.36, 1.5, 1.63, 2.0,
              2.5, 3.0):
        add("kolmogorov_upper_tail", special.kolmogorov(x), x)


def intervals():
    for successes, trials in ((0, 1), (1, 1), (0, 10), (10, 10), (1, 10), (5, 10), (7, 9), (0, 500),
                              (500, 500), (3, 400), (81, 263), (120, 1000), (99999, 100000),
                              (250000, 1000000), (5, 10000000)):
        low, high = proportion_confint(successes, trials, alpha=0.05, method="wilson")
        add("wilson_lower", low, successes, trials)
        add("wilson_upper", high, successes, trials)
    for arguments in ((56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20),
                      (0, 10, 0, 10), (10, 10, 0, 20), (10, 10, 0, 10), (10, 10, 20, 20), (1, 1, 0, 1),
                      (40, 100, 40, 100), (30, 100, 45, 100), (3, 400, 60000, 100000),
                      (120000, 1000000, 121000, 1000000)):
        low, high = confint_proportions_2indep(*arguments, method="newcomb", compare="diff",
                                               alpha=0.05)
        add("newcombe_lower", low, *arguments)
        add("newcombe_upper", high, *arguments)


def write(name):
    lines = ",\n".join(json.dumps(case, allow_nan=False) for case in CASES)
    text = f'{{"tools": {json.dumps(TOOLS)},\n"cases": [\n{lines}\n]}}\n'
    (Path(__file__).parent / name).write_text(text)


if __name__ == "__main__":
    normal()
    chi2()
    noncentral_chi2()
    fisher_f()
    kolmogorov()
    intervals()
    write("distributions.json")
