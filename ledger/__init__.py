"""Numerai stakes, knowable without a screen.

Nothing below this package imports ``textual``, ``rich`` or ``tui``; import-linter and
``tests/test_architecture.py`` hold it to that.
"""

__version__ = "0.1.0"
