"""What the tests of the stream share: the cast, and a browser without a screen."""

from tests.cases.conftest import cast, racing

__all__ = ["cast", "racing"]  # fixtures
