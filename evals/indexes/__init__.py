"""Benchmarks of the index advisor: TPC-H, with the best published heuristics beside it in the same run."""
