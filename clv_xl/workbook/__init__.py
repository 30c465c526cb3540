"""How a report becomes a workbook: the layout is decided once, each writer only carries it out."""
