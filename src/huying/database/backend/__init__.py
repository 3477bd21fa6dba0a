"""Django's backend for PostgreSQL, one question cheaper a request (`base.py`, where Django looks for it)."""
