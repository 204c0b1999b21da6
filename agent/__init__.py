"""Asks, proves, reviews and delivers; holds no SQL text."""
