"""The rules of the loop. Pure: no database, no clock, no request."""
