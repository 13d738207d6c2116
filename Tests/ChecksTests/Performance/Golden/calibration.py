# SPDX-License-Identifier: Apache-2.0
"""Makes calibration.json: Spiegelhalter's z and the smooth calibration error of the cases in
performance.json, row by row with numpy; null where undefined. Run: python3 calibration.py"""

import json
import math
import platform
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent


def spiegelhalter(y, p):
    """D. Spiegelhalter, Statistics in Medicine 5, 1986."""
    variance = ((1 - 2 * p) ** 2 * p * (1 - p)).sum()
    return ((y - p) * (1 - 2 * p)).sum() / math.sqrt(variance) if variance > 1e-12 else None


def smooth_ece(y, p):
    """The width that equals the error (Blasiok and Nakkiran, 2024), with the kernel reflected at 0 and
    1 by images and the integral by the midpoint rule on 4,000 points."""
    t = (np.arange(4000) + 0.5) / 4000

    def error(width):
        total = np.zeros_like(t)
        for image in range(-2, 3):
            for sign in (1, -1):
                z = (t[:, None] - (sign * p + 2 * image)[None, :]) / width
                total += np.exp(-z * z / 2) @ (y - p)
        return np.abs(total / (width * math.sqrt(2 * math.pi) * len(p))).mean()

    low, high = 0.00125, max(0.00125, float(np.abs(y - p).mean()))
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (middle, high) if error(middle) > middle else (low, middle)
    return error(high)


if __name__ == "__main__":
    source = json.loads((FOLDER / "performance.json").read_text())
    made = []
    for case in source["cases"]:
        p, y = np.array(case["scores"]), np.array(case["labels"])
        made.append({"name": case["name"], "spiegelhalter": spiegelhalter(y, p),
                     "smooth_ece": float(smooth_ece(y, p))})
    lines = ",\n".join(json.dumps(one, allow_nan=False) for one in made)
    tools = {"python": platform.python_version(), "numpy": np.__version__}
    (FOLDER / "calibration.json").write_text(
        f'{{"tools": {json.dumps(tools)},\n"cases": [\n{lines}\n]}}\n')
