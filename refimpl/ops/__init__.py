"""The op table, a file per family."""
