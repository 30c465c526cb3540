"""The command that shows how order files are read, asks what is open, and saves the answers as a map."""
