"""A real Docker Engine from Debian, offline and apart from the system: the oracle for everything Docker-shaped.

``python -m tests.engine up --suite trixie --dir DIR`` brings one up (as root), ``down --dir DIR`` ends it. Its
processes live in PID, mount and network namespaces of their own, so that ending one process leaves nothing of it.
"""
