"""The simulator's options on the stand-in's command line; apart, so that other backends load nothing of AWS."""

from __future__ import annotations

import argparse
from pathlib import Path

_FAULT = (
    "throttle|deny|expire|unknown=[suite/|daemon/]service:Action[=N|=Ns]: refuse N calls, or for N seconds, or for ever"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare them; they mean nothing to other backends."""
    group = parser.add_argument_group("backend ecs: its simulated AWS")
    group.add_argument("--aws-file", type=Path, metavar="F", help="where to tell endpoint, keys and journal (JSON)")
    group.add_argument(
        "--aws-through", type=Path, metavar="PATH", help="unix socket by which the daemon's own calls go to AWS"
    )
    group.add_argument("--fargate-latency", choices=("quick", "real"), default="quick")
    group.add_argument("--aws-seed", type=int, default=0, metavar="N", help="of latencies, ids and addresses")
    group.add_argument("--aws-journal", type=Path, metavar="F", help="where calls and events are logged (JSON lines)")
    group.add_argument("--aws-others", action="store_true", help="others have tasks, definitions and logs there too")
    group.add_argument(
        "--aws-foreign", default="0,0", metavar="N,M", help="others have N task definitions and M log groups there"
    )
    group.add_argument("--aws-missing", type=int, default=0, metavar="N", help="first describes that miss a new task")
    group.add_argument("--aws-fault", action="append", default=[], metavar="FAULT", help=_FAULT)
