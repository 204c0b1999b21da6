"""The steps of the route, a file each."""
