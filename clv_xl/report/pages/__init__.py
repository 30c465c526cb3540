"""One file a page: what it shows, in which words."""
