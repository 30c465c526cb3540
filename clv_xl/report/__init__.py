"""What the report says: pages, blocks, tables, charts and words, as frozen data of no file format."""
