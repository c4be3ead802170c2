"""The suite under faults: what it survives, and what that costs."""
