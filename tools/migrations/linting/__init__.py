"""Verdicts on migrations: from the text and what is known of the schema, and by running them in scratch."""
