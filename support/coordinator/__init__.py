"""A real GitLab Runner, driven by a coordinator of our own: the few GitLab endpoints that it needs, and its jobs."""
