"""What the user of a CI job sees of it (JOB-01 on)."""
