"""Containers on Fargate, and the checks of TST-010: judged by what the daemon says and by what AWS says."""
