"""One prompt a file."""
