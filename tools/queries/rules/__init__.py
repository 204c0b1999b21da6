"""Rewrites of statements: a rule is a file.

It has a docstring that says what it does, `why` it helps, `kept` (whether the meaning is the same whatever rows there
are;
otherwise only a proof by execution can say so) and `apply(tree, known)`, which gives back a changed copy of the sqlglot
tree, or None where there is nothing to change.
"""
