"""The containers that TST-010's scenarios share, and what is seen of them in the daemon and in AWS."""
