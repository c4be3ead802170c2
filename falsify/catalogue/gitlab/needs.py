"""What criteria of TST-011 need, for lies behind which it is not there, or does not go."""

from __future__ import annotations

from falsify.lies import ac, notes, unseen

# What is about the network itself, or about containers on it: they are created without it where it is missing.
NEED_NETWORK = ac(6, 8, 9, 14, 17, 19, 21) | notes(6, 7, 9, 25)
NEED_VOLUMES = ac(6, 9, 14, 20) | notes(4, 9, 20, 24, 26)
STILL_THERE = unseen(
    "A container is still there: it may use the network and the volumes, and is rightly listed.",
    ac(19, 20, 21) | notes(25, 26),
)
NETWORK_STAYS = unseen("The network is still there, and rightly listed.", ac(21))
