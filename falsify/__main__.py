"""``python -m falsify``: what ``./acceptance falsify`` runs."""

import sys

from falsify.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
