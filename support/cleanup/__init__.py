"""Nothing is left behind: the ledger of a run, what dead runs left, and the sweep."""
