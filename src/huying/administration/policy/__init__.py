"""The rules of bringing tables in and of who may administer what. Pure: no database, no clock, no request."""
