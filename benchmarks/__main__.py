"""``python -m benchmarks [NAME ...] [--json]``: measure the promises and print which are kept.

Each benchmark runs in a process of its own, so that none sees the libraries, threads and caches of another.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.registry import NOT_MEASURED, benchmark_names, load, promise_of

LIMIT_S = 1800


def main() -> int:
    """Measure; exit status 1 where a promise falls short."""
    names = benchmark_names()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the program's promises.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names)}; default: all")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"no benchmark called {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    if options.here:
        print(json.dumps(measured_here(options.names[0])))
        return 0
    rows = []
    for name in options.names or names:
        rows.append(measured(name))
        if not options.json:
            print(text_of(rows[-1]), flush=True)
    if options.json:
        print(json.dumps({"benchmarks": rows}, indent=2))
    return int(any(row["verdict"] == "short" for row in rows))


def measured_here(name: str) -> dict[str, Any]:
    module = load(name)
    result = module.measure()
    row = {"name": name, "promise": module.PROMISE, "figure": result.figure, "verdict": result.verdict}
    return {**row, "numbers": result.numbers}


def measured(name: str) -> dict[str, Any]:
    """Measure one promise in a process of its own; what it prints for people goes to stderr."""
    command = [sys.executable, "-m", "benchmarks", name, "--here"]
    root = Path(__file__).parents[1]
    try:
        answer = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=True)
        row: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return unmeasured(name, f"took more than {LIMIT_S} s")
    except (subprocess.CalledProcessError, json.JSONDecodeError, IndexError) as error:
        return unmeasured(name, f"the benchmark itself failed: {error}")
    return row


def unmeasured(name: str, why: str) -> dict[str, Any]:
    return {"name": name, "promise": promise_of(name), "figure": why, "verdict": NOT_MEASURED, "numbers": {}}


def text_of(row: dict[str, Any]) -> str:
    return f"{row['verdict']:12}  {row['name']}: {row['figure']}\n{'':14}promised: {row['promise']}"


if __name__ == "__main__":
    sys.exit(main())
