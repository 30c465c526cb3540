"""Puts the add-in into a user's Excel, takes it out again, and finds out why it does not run."""
