"""What criteria of TST-011 need, for lies behind which it is not there."""

from __future__ import annotations

from falsify.lies import ac, notes

# Whose containers are created on the job's network.
NEED_NETWORK = ac(*range(6, 20), 21) | notes(*range(1, 8), 9, 11, 12, 15, 17, 18, 19, 25, 26, 27)
