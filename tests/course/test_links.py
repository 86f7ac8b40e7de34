"""Every external link is well formed and leads to a host that the course knows.

No link is opened here: tests reach no network, so a page that has moved is not found by them. `hosts.toml` says
when somebody read what is linked.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.course import lint
from tests.course.lint import COURSE

ROOT = COURSE.root
HOSTS = tomllib.loads(Path(__file__).with_name("hosts.toml").read_text(encoding="utf-8"))["hosts"]
PAGES = (
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "grading/README.md", "grading/learners/README.md", "diagrams/README.md",
    "src/sagalab/aws/what-the-local-cloud-does-not-do.md", "src/sagalab/learner/hints.toml",
)  # fmt: skip
ADDRESS = re.compile(r"[a-z]+://[^\s)>\]\"'`]+")


def texts() -> dict[str, str]:
    """Gives every page that learners and instructors read, lessons as they are written by hand."""
    lessons = [COURSE.source(lesson.name).relative_to(ROOT).as_posix() for lesson in COURSE.lessons]
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in (*PAGES, *lessons)}


def addresses(text: str) -> list[str]:
    """Gives the external addresses of a text."""
    return ADDRESS.findall(text)


def problems(address: str, hosts: set[str]) -> list[str]:
    """Says what is wrong with an address, as far as that is seen without opening it."""
    parts = urlsplit(address)
    found = []
    if parts.scheme != "https":
        found.append("it is not https")
    if parts.hostname not in hosts:
        found.append(f"{parts.hostname} is not in hosts.toml")
    if parts.username or parts.port or parts.query.startswith("utm_"):
        found.append("it carries a user, a port or a campaign")
    if "//" in parts.path or address[-1] in ".,;:":
        found.append("it ends or continues in a slip of the pen")
    return found


@pytest.mark.parametrize("page", texts())
def test_every_link_is_well_formed_and_its_host_is_known(page: str) -> None:
    hosts = {row["host"] for row in HOSTS}
    text = re.sub(r"`[^`\n]*`", "", texts()[page])  # code shows addresses that nobody follows
    assert {one: found for one in addresses(text) if (found := problems(one, hosts))} == {}


def test_every_known_host_is_linked_and_was_read_by_the_date_of_the_facts() -> None:
    linked = {urlsplit(address).hostname for text in texts().values() for address in addresses(text)}
    assert [row["host"] for row in HOSTS if row["host"] not in linked] == []
    assert [row["host"] for row in HOSTS if not re.fullmatch(r"20\d\d-\d\d", row["read"])] == []
    assert [row["host"] for row in HOSTS if row["read"] > COURSE.facts_as_of] == [], "course.toml says facts_as_of"


def test_a_fact_is_not_dated_later_than_its_host_was_read() -> None:
    read = {row["host"]: row["read"] for row in HOSTS}
    for lesson in COURSE.lessons:
        for cell in lint.markdown(lesson.name):
            for paragraph in lint.paragraphs(cell.text):
                dates = [f"{year}-{lint.MONTHS.index(month) + 1:02}" for month, year in lint.DATED.findall(paragraph)]
                hosts = [str(urlsplit(address).hostname) for address in addresses(paragraph)]
                assert all(date <= read[host] for host in hosts for date in dates), paragraph


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://docs.aws.amazon.com/x", "not https"),
        ("https://example.org/x", "not in hosts.toml"),
        ("https://docs.aws.amazon.com//x", "slip"),
        ("https://docs.aws.amazon.com/x?utm_source=y", "campaign"),
    ],
)
def test_a_bad_link_is_found(address: str, said: str) -> None:
    assert said in " ".join(problems(address, {"docs.aws.amazon.com"}))
