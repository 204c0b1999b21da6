"""Rewrites of statements: a rule is a file.

It has a docstring that says what it does, `why` it helps, `kept` (whether the meaning is the same whatever rows there
are; otherwise only a proof by execution can say so) and `rewrite(text, schema)`, which gives back the other text with
the same parameters, or None where there is nothing to change or it is not sure.
"""
