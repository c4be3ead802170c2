"""Moments of a container's script at which it is inspected, or listed."""

CREATED, STARTED, LATER = "created", "started", "later"
BEFORE_STOP, STOPPED = "before its stop", "after its end"
DELETED, LONG_DELETED = "after its delete", "long after its delete"
