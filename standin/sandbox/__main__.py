"""``python -m standin.sandbox``: what this machine cannot isolate, a sentence each; nothing where it isolates all."""

import sys
import tempfile
from pathlib import Path

from standin.sandbox import namespaces

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="standin-") as folder:
        sys.stdout.write(" ".join(namespaces.enter(Path(folder))))
        sys.stdout.flush()
