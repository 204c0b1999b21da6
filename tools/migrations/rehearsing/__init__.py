"""Rehearsing migrations as they lie in a project: files read, run on a copy that holds rows, watched and judged."""
