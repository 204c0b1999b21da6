"""The private PostgreSQL server: we copy into it, break things in it and throw it away."""
