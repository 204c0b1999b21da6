"""The suite `server`: what the HTTP server costs, stands and survives, measured on a process of its own."""
