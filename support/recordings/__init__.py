"""Recorded traffic between a client and a Docker API: reading, replaying and making recordings."""
