"""Hostile answers: one route of a job's calls answered with one trick, everything else by a daemon that is well.

``cases(seed)`` has them, ``run_case(case)`` runs the suite behind one and measures it, ``QUIET`` is the run
without any. ``python -m tests.chaos.hostile --help`` runs a few by hand.
"""

from tests.chaos.hostile.cases import QUIET, Case, cases
from tests.chaos.hostile.running import Row, run_case
from tests.chaos.hostile.serving import Served, serving

__all__ = ["QUIET", "Case", "Row", "Served", "cases", "run_case", "serving"]
