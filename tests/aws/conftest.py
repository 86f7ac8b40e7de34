"""One fresh account per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.aws.building import Account


@pytest.fixture
def account() -> Iterator[Account]:
    opened = Account()
    yield opened
    opened.close()
