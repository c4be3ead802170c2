"""``python -m support.standin --socket PATH``."""

import sys

from support.standin.serve import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
