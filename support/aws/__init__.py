"""AWS as TST-010 needs it: credentials, the tasks behind containers, and what a run left in the account."""
