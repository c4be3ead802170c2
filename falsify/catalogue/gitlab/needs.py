"""What criteria of TST-011 need, for lies behind which it is not there, or does not go."""

from __future__ import annotations

from falsify.lies import ac, notes, unseen

# Whose containers are created on the job's network.
NEED_NETWORK = ac(*range(6, 20), 21) | notes(*range(1, 8), 9, 10, 11, 12, 15, 17, 18, 19, 25, 26, 27)
STILL_THERE = unseen(
    "A container is still there: it may use the network and the volumes, and is rightly listed.",
    ac(19, 20, 21) | notes(25, 26),
)
NETWORK_STAYS = unseen("The network is still there, and rightly listed.", ac(21))
