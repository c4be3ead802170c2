"""What the core's tests share."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run, also where the machine is busy.
settings.register_profile("core", max_examples=50, derandomize=True, deadline=None, database=None)
settings.load_profile("core")
