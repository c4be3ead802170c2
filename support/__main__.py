"""``python -m support``, which ``./acceptance`` runs."""

import sys

from support import signals

signals.note()  # before anything that takes its time to be imported

from support.cli import run  # noqa: E402

if __name__ == "__main__":
    sys.exit(run())
