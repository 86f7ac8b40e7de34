"""Writes the page of what the local cloud does not do."""

from tests.fidelity.ledger import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
