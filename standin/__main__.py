"""``python -m standin --socket PATH``."""

import sys

from standin.serve import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
