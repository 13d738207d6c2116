# SPDX-License-Identifier: Apache-2.0
"""Makes performance.json: expected classification and calibration metrics, from
scikit-learn and statsmodels; null where undefined. Seed 20240611. Run: python3 generate.py"""

import json
import math
import platform
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from scipy.special import expit, logit
from sklearn import metrics

SEED = 20240611
TOOLS = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__,
         "scikit-learn": sklearn.__version__, "statsmodels": statsmodels.__version__}


def auc_standard_error(y, p):
    """DeLong, with brute-force placement values (ties count one half)."""
    positives, negatives = p[y == 1][:, None], p[y == 0][None, :]
    if positives.size < 2 or negatives.size < 2:
        return None
    wins = (positives > negatives) + 0.5 * (positives == negatives)
    return math.sqrt(wins.mean(axis=1).var(ddof=1) / positives.size
                     + wins.mean(axis=0).var(ddof=1) / negatives.size)


def calibration_fit(y, p):
    """Slope, intercept and standard error of the slope of y on logit(p)."""
    x = logit(np.clip(p, 1e-9, 1 - 1e-9))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None, None, None
    try:
        fit = sm.GLM(y, np.column_stack([np.ones_like(x), x]), family=sm.families.Binomial()).fit(
            maxiter=200, tol=1e-12, tol_criterion="params")
    except Exception:
        return None, None, None
    if not fit.converged or abs(fit.params[1]) > 100:
        return None, None, None
    return fit.params[1], fit.params[0], fit.bse[1]


def case(name, threshold, scores, labels):
    p, y = np.round(np.asarray(scores, dtype=float), 6), np.asarray(labels, dtype=int)
    flagged = (p >= threshold).astype(int)
    both, undefined = np.ptp(y) > 0, {"zero_division": np.nan}
    prevalence, precision = y.mean(), metrics.precision_score(y, flagged, **undefined)
    spread = math.sqrt((p * (1 - p)).sum())
    slope, intercept, slope_error = calibration_fit(y, p)
    expected = {
        "prevalence": prevalence,
        "accuracy": metrics.accuracy_score(y, flagged),
        "recall": metrics.recall_score(y, flagged, **undefined),
        "precision": precision,
        "f1": metrics.f1_score(y, flagged, **undefined),
        "auc": metrics.roc_auc_score(y, p) if both else None,
        "auc_standard_error": auc_standard_error(y, p),
        "auc_pr": metrics.average_precision_score(y, p) if both else None,
        "brier": metrics.brier_score_loss(y, p, labels=[0, 1], pos_label=1),
        "log_loss": metrics.log_loss(y, p, labels=[0, 1]),
        "calibration_level": y.mean() - p.mean(),
        "calibration_z": (y.sum() - p.sum()) / spread if spread > 0 else None,
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "calibration_slope_standard_error": slope_error,
        "lift": precision / prevalence if prevalence > 0 else None,
    }
    return {"name": name, "threshold": threshold, "scores": p.tolist(), "labels": y.tolist()} | {
        key: None if value is None or math.isnan(value) else float(value)
        for key, value in expected.items()}


def cases(random):
    def drawn(n, mean=-0.5, sd=1.3):
        truth = random.normal(mean, sd, n)
        return truth, (random.random(n) < expit(truth)).astype(int)

    ordinary, ordinary_y = drawn(400)
    yield case("ordinary", 0.5, expit(ordinary), ordinary_y)
    yield case("nobody flagged", 0.9999, expit(ordinary[:100]), ordinary_y[:100])
    yield case("everybody flagged", 0.0, expit(ordinary[:100]), ordinary_y[:100])
    truth, y = drawn(300)
    yield case("overconfident", 0.5, expit(2 * truth + 0.3), y)
    truth, y = drawn(300)
    yield case("ties", 0.5, np.round(expit(truth), 1), y)
    _, y = drawn(120)
    yield case("constant score", 0.3, np.full(120, 0.3), y)
    yield case("only positives", 0.5, expit(random.normal(0.5, 1, 60)), np.ones(60))
    yield case("only negatives", 0.5, expit(random.normal(-0.5, 1, 60)), np.zeros(60))
    yield case("one row, positive", 0.5, [0.7], [1])
    truth, y = drawn(80)
    scores = expit(truth)
    scores[:12] = [0, 1] * 6
    y[:12] = [0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0]  # the last four are wrong
    yield case("scores of exactly 0 and 1", 0.5, scores, y)
    yield case("only scores of 0 and 1", 0.5, [0, 0, 0, 1, 1, 1, 0, 1], [0, 0, 1, 1, 1, 0, 0, 1])
    yield case("separated", 0.5, [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9], [0, 0, 0, 0, 1, 1, 1, 1])
    truth = random.normal(-5, 1, 400)
    y = np.zeros(400)
    y[np.argsort(truth)[[180, 340, 396]]] = 1
    yield case("rare positives", 0.02, expit(truth), y)


def write(name, made):
    lines = ",\n".join(json.dumps(one, allow_nan=False) for one in made)
    text = f'{{"tools": {json.dumps(TOOLS)},\n"cases": [\n{lines}\n]}}\n'
    (Path(__file__).parent / name).write_text(text)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # undefined metrics and separation are handled above
    write("performance.json", cases(np.random.default_rng(SEED)))
