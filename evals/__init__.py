"""Benchmark schemas, the demo database and the scores of recommendations against them."""
