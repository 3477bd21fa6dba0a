"""The embedded PostgreSQL."""


def url() -> str:
    """Return the address of the embedded database."""
    return "postgresql:///huying"
