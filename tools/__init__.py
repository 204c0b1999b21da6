"""Measures databases; knows no language model."""
