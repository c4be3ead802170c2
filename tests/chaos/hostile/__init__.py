"""Hostile answers: one route of a job's calls answered with one trick, everything else by a daemon that is well.

``cases(seed)`` has them, and ``serving`` stands with one between the suite and a daemon; ``tests.chaos`` runs them.
"""

from tests.chaos.hostile.cases import Case, cases
from tests.chaos.hostile.serving import Served, serving

__all__ = ["Case", "Served", "cases", "serving"]
