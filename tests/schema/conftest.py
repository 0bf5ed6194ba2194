"""The same server as the API's tests."""

from tests.api.conftest import login, url

__all__ = ["login", "url"]
