"""What the performance claims are measured with; nothing here is a test, machines are too noisy for that."""
