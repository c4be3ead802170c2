"""A process that runs one part of a run: ``python -m support.report.part OUTCOMES COURSE FEATURE RUN WHOLE …``.

Started by ``side_by_side``, whose end of standard input closes when the launcher ends, however it ends. The part then
cleans up and ends too, so that a killed launcher leaves nothing running.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from support import signals
from support.report import launching
from support.report.publishing import Part


def main(arguments: list[str]) -> int:
    """Run the part; the exit code is that of a run of its own."""
    outcomes, course, feature, run, whole, *rest = arguments
    threading.Thread(target=_end_with_launcher, name="launcher watch", daemon=True).start()
    part = Part(Path(feature), run, whole, Path(outcomes), Path(course) if course else None)
    try:
        return launching.main(rest, part)
    finally:
        signals.ignore()  # its report is written: the launcher's signal must not change how it ends


def _end_with_launcher() -> None:
    while os.read(0, 1):
        pass
    # Nobody reads any more: what is still said must not end the clean-up.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
