"""What happens to containers behind a client's back, and what the daemon says of it (DRIFT-01 on)."""
