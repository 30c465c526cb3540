"""The metrics in cells: one registry of functions, and the routes that bring them into Excel."""
