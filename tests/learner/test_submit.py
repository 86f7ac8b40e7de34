"""submit and verify: what is packed, what is refused, and every tampering named."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.errors import LearnerError
from sagalab.learner import submit
from sagalab.learner.mail import Work, diagram_sources, inspect_mail, pack, sources_digest, verify

CONTACT = "teacher@example.org"


def cell(source: Any, kind: str = "code", outputs: list[Any] | None = None) -> dict[str, Any]:
    return {"cell_type": kind, "source": source, "outputs": outputs or [], "metadata": {}}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


PROJECT = notebook(
    cell("x = 1"),
    cell("%%diagram orchestration\nfrom diagrams import Diagram\n"),
    cell(["%%diagram choreography\n", "from diagrams import Edge"]),
)
PLANS = [{"approach": "orchestration", "effect": "Paid orders wait."}]


def work(project: Any = PROJECT, **parts: Any) -> Work:
    return Work("11_project.ipynb", json.dumps(project).encode(), **parts)


def packed(project: Any = PROJECT, to: str = CONTACT) -> bytes:
    return pack(work(project, plans=PLANS, recommendation={"approach": "choreography"}), to, "A course")


def attached(eml: bytes) -> dict[str, bytes]:
    message = message_from_bytes(eml, policy=policy.default)
    return {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}  # type: ignore[misc]


def repacked(eml: bytes, changes: dict[str, bytes | None]) -> bytes:
    """The same mail with attachments replaced, added, or (None) taken out."""
    message = message_from_bytes(eml, policy=policy.default)
    files: dict[str, bytes | None] = {**attached(eml), **changes}
    message.clear_content()
    message.set_content("as before")
    for name, content in files.items():
        if content is not None:
            message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_the_mail_holds_everything_that_the_notebook_defines() -> None:
    assert list(attached(packed())) == [
        "11_project.ipynb",
        "diagram_orchestration.py",
        "diagram_choreography.py",
        "recovery_plans.json",
        "recommendation.json",
        "manifest.json",
    ]


def test_a_packed_mail_is_whole_and_packing_again_gives_the_same_bytes() -> None:
    assert verify(packed(), CONTACT, PROJECT) == []
    assert packed() == packed()


def test_saving_outputs_changes_nothing() -> None:
    ran = notebook(*({**row, "outputs": [{"text": "done"}], "execution_count": 7} for row in PROJECT["cells"]))
    assert sources_digest(ran) == sources_digest(PROJECT)
    assert verify(packed(ran), CONTACT, PROJECT) == []


def test_a_changed_cell_is_named() -> None:
    later = notebook(cell("x = 2"), *PROJECT["cells"][1:])
    assert verify(packed(), CONTACT, later) == [
        "The e-mail was packed from another state of 11_project.ipynb than the one handed in."
    ]


def test_the_order_of_cells_counts_and_an_empty_cell_does_not() -> None:
    assert sources_digest(notebook(cell("a"), cell("b"))) != sources_digest(notebook(cell("b"), cell("a")))
    assert sources_digest(notebook(cell("a"), cell(" \n"))) == sources_digest(notebook(cell(["a"])))


def test_another_recipient_is_named() -> None:
    report = inspect_mail(packed(to="someone@example.com"), CONTACT, PROJECT)
    assert (report.parses, report.recipient, report.manifest) == (True, False, True)
    assert "someone@example.com" in report.problems[0] and CONTACT in report.problems[0]


def test_a_display_name_and_capitals_in_the_address_are_fine() -> None:
    assert verify(packed(to="The Teacher <Teacher@Example.org>"), CONTACT, PROJECT) == []


@pytest.mark.parametrize("name", [name for name in attached(packed()) if name != "11_project.ipynb"])
def test_an_attachment_that_is_missing_is_named(name: str) -> None:
    assert any(name in line for line in verify(repacked(packed(), {name: None}), CONTACT, PROJECT))


def test_an_attachment_that_was_added_is_named() -> None:
    problems = verify(repacked(packed(), {"extra.txt": b"more"}), CONTACT, PROJECT)
    assert problems == ["extra.txt is attached, but the manifest does not list it."]


def test_a_notebook_exchanged_in_the_mail_is_named() -> None:
    other = json.dumps(notebook(cell("x = 99"))).encode()
    problems = verify(repacked(packed(), {"11_project.ipynb": other}), CONTACT, PROJECT)
    assert problems == ["11_project.ipynb in the e-mail is not the notebook that was packed: its cells differ."]


@given(data=st.data(), junk=st.binary(max_size=40))
def test_any_tampering_with_an_attachment_is_named(data: st.DataObject, junk: bytes) -> None:
    files = attached(packed())
    name = data.draw(st.sampled_from(sorted(set(files) - {"11_project.ipynb", "manifest.json"})))
    at = data.draw(st.integers(0, len(files[name])))
    changed = files[name][:at] + junk + files[name][at + data.draw(st.integers(0, 3)) :]
    problems = verify(repacked(packed(), {name: changed}), CONTACT, PROJECT)
    assert [name in line for line in problems] == ([] if changed == files[name] else [True])


@given(sources=st.lists(st.text(max_size=60), min_size=1, max_size=6), note=st.text(max_size=60))
def test_whatever_is_packed_is_read_back_whole(sources: list[str], note: str) -> None:
    project = notebook(*map(cell, sources))
    eml = pack(work(project, plans=[{"effect": note}]), CONTACT, "A course")
    assert verify(eml, CONTACT, project) == []
    assert json.loads(attached(eml)["recovery_plans.json"]) == [{"effect": note}]


@given(st.binary(max_size=300))
def test_bytes_that_are_no_mail_are_refused_in_words(junk: bytes) -> None:
    report = inspect_mail(junk, CONTACT, PROJECT)
    assert not report.parses and len(report.problems) == 1


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"notebook": 3}', b'{"notebook": {"name": "x"}}', b"\xff"])
def test_a_manifest_that_cannot_be_read_is_named(manifest: bytes) -> None:
    problems = verify(repacked(packed(), {"manifest.json": manifest}), CONTACT, PROJECT)
    assert problems == ["manifest.json cannot be read: it does not list the notebook and the attachments."]


def test_the_later_of_two_diagram_cells_counts() -> None:
    twice = notebook(cell("%%diagram orchestration\na"), cell("%%diagram orchestration\nb"), cell("%%diagram x\nc"))
    assert diagram_sources(twice) == {"orchestration": "b"}


def test_submit_writes_the_mail_beside_the_notebook_and_sends_nothing(small_course: Path) -> None:
    path = small_course / "11_project.ipynb"
    path.write_text(json.dumps(PROJECT))
    shown = submit()
    assert verify((small_course / "11_project.eml").read_bytes(), CONTACT, PROJECT) == []
    assert "Nothing has been sent" in shown.text and "a link cannot attach anything" in shown.text
    assert f"mailto:{CONTACT}?subject=" in shown.html
    missing = "start_workflow(), emit_order_created(), recovery_plans.json, recommendation.json"
    assert missing in shown.text


def test_a_diagram_cell_without_code_is_no_diagram_yet(small_course: Path) -> None:
    begun = notebook(
        cell("%%diagram orchestration\n# alt: what it shows\n\n# draw here"), cell("%%diagram choreography\na")
    )
    (small_course / "11_project.ipynb").write_text(json.dumps(begun))
    assert "emit_order_created(), diagram_orchestration.py, recovery_plans.json" in submit().text


def test_the_named_notebook_and_address_are_used(small_course: Path) -> None:
    for name in ("one.ipynb", "two.ipynb"):
        (small_course / name).write_text(json.dumps(PROJECT))
    submit("two.ipynb", to="me@example.org")
    assert verify((small_course / "two.eml").read_bytes(), "me@example.org", PROJECT) == []


def test_two_notebooks_and_no_name_ask_which_one(small_course: Path) -> None:
    for name in ("one.ipynb", "two.ipynb"):
        (small_course / name).write_text(json.dumps(PROJECT))
    with pytest.raises(LearnerError, match="sees 2 notebooks"):
        submit()


@pytest.mark.parametrize("content", ["not json", "{}", '{"cells": []}', "[" * 100_000])
def test_a_file_that_is_no_notebook_is_refused_in_words(small_course: Path, content: str) -> None:
    (small_course / "11_project.ipynb").write_text(content)
    with pytest.raises(LearnerError, match="11_project.ipynb"):
        submit()


def test_a_missing_notebook_is_named(small_course: Path) -> None:
    with pytest.raises(LearnerError, match="cannot be read"):
        submit("nowhere.ipynb")


def test_half_a_character_in_a_cell_does_not_stop_the_packing() -> None:
    broken = json.loads('{"cells": [{"cell_type": "code", "source": "%%diagram orchestration\\n\\ud800"}]}')
    assert verify(packed(broken), CONTACT, broken) == []
