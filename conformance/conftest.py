"""Makes a plain `pytest conformance` know the suite's options and fixtures."""

from conformance.plugin import *  # noqa: F403 - pytest looks for hooks and fixtures in this module
