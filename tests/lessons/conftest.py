"""What the tests of lessons share."""

from __future__ import annotations

from browser import browser, new_page, page, serve

__all__ = ["browser", "new_page", "page", "serve"]
