"""Compare a call in a shell with importing what it rests on: python benchmarks/startup.py [TEXT].

Prints the medians of 20 interleaved runs each, and their ratio.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 20
ARTICLE = Path(__file__).parent.parent / "fixtures" / "articles" / "ferry.txt"


def seconds(command: list[str]) -> float:
    """Give the wall time of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Time both commands in turn."""
    text = sys.argv[1] if len(sys.argv) > 1 else str(ARTICLE)
    script = Path(sys.executable).with_name("dedup")
    clean = [str(script), "clean", text]
    base = [sys.executable, "-c", "import numpy, click"]
    for command in (clean, base):
        seconds(command)
    pairs = [(seconds(clean), seconds(base)) for _ in range(RUNS)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"dedup clean {Path(text).name}: {ours * 1000:.0f} ms (median of {RUNS})")
    print(f"import numpy, click: {theirs * 1000:.0f} ms")
    print(f"ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
