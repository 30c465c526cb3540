"""The kinds of file and database that orders are read from: each a reader of its own, from bytes to rows."""
