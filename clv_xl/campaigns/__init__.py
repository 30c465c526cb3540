"""Lists of customers for campaigns: who stands on which, and how they reach a folder."""
