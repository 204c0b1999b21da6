"""The disaster plan: what can happen, how it is noticed, what to type and how long it takes."""
