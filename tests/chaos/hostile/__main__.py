"""Runs hostile cases by hand: a line for each, and the worst of them."""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor

from tests.chaos.hostile import QUIET, Row, cases, run_case

_EVERY_CASE = 10**6


def main() -> None:
    """Run them, a quiet run first."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.hostile")
    parser.add_argument("names", nargs="*", help="names of cases, or parts of them; none: all that the seed chooses")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=len(cases(1)))
    parser.add_argument("--beside", type=int, default=2, help="how many runs at a time")
    options = parser.parse_args()
    chosen = cases(options.seed, _EVERY_CASE if options.names else options.count)
    chosen = [case for case in chosen if not options.names or any(name in case.name for name in options.names)]
    # In processes of their own: a flood in one must not slow down what another passes on.
    with ProcessPoolExecutor(options.beside) as pool:
        rows = list(pool.map(_shown, [(options.seed, case.name) for case in (QUIET, *chosen)]))
    quiet, tried = rows[0], rows[1:]
    print(
        f"{len(tried)} tried, {sum(row.is_survived for row in tried)} survived, {sum(row.hung for row in tried)} hung,"
    )
    print(
        f"{sum(bool(row.traceback) for row in tried)} with tracebacks, {sum(bool(row.raw) for row in tried)} with raw"
    )
    print(f"bytes, {sum(bool(row.left) for row in tried)} with something left after a sweep")
    for what in ("peak", "cpu", "seconds"):
        worst = max(tried, key=lambda row: getattr(row, what))
        print(f"largest {what}: {getattr(worst, what):.1f} ({worst.name}); quiet {getattr(quiet, what):.1f}")


def _shown(which: tuple[int, str]) -> Row:
    seed, name = which
    row = run_case(next(case for case in (QUIET, *cases(seed, _EVERY_CASE)) if case.name == name))
    print(row.line(), flush=True)
    return row


if __name__ == "__main__":
    main()
