"""Drafting migrations from the difference of two schemas, by templates that do not block and come back."""
