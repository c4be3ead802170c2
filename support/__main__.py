"""``python -m support``, which ``./acceptance`` runs."""

import sys

from support.cli import run

if __name__ == "__main__":
    sys.exit(run())
