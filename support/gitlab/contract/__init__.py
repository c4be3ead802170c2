"""What GitLab Runner's jobs rely on beyond TST-011, one scenario each (RUN-31 on)."""
