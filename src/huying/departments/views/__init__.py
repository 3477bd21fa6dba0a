"""Pages of the workplace of departments."""
