"""An inbox becomes one folder per learner; nothing is lost, and nothing in it can do harm."""

import io
import json
import stat
import zipfile
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.arrivals import Arrival, arrivals
from grading.collect import collect
from grading.intake import MAX_NOTEBOOK
from sagalab.learner.mail import Work, inspect_mail, pack

LESSON = "11_project"


def notebook(text="1"):
    cell = {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def mail(sender, text="1", date="Fri, 27 Nov 2026 10:00:00 +0100"):
    packed = pack(Work(f"{LESSON}.ipynb", notebook(text)), "teacher@example.org", "Course")
    head = (f"From: {sender}\r\n" if sender else "") + (f"Date: {date}\r\n" if date else "")
    return head.encode() + packed


def archive(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def run(inbox):
    rows = list(collect(arrivals(inbox), inbox.parent / "submissions", LESSON, ["02_orchestration", LESSON]))
    return {row.student or row.where: row.words for row in rows if row.taken}, [row for row in rows if not row.taken]


def source(inbox, student):
    path = inbox.parent / "submissions" / student / LESSON / f"{LESSON}.ipynb"
    return json.loads(path.read_bytes())["cells"][0]["source"]


def test_a_mail_lies_with_its_notebook_under_its_sender(inbox):
    (inbox / "one.eml").write_bytes(mail("Alex Doe <Alex@Example.org>"))
    taken, left = run(inbox)
    assert taken == {"alex@example.org": "collected"} and left == []
    folder = inbox.parent / "submissions" / "alex@example.org" / LESSON
    assert {path.name for path in folder.iterdir()} == {f"{LESSON}.ipynb", f"{LESSON}.eml", "timestamp.txt"}
    assert (folder / "timestamp.txt").read_text() == "2026-11-27 09:00:00 UTC"
    report = inspect_mail((folder / f"{LESSON}.eml").read_bytes(), "teacher@example.org", json.loads(notebook()))
    assert report.problems == []


@pytest.mark.parametrize("kind", ["message/rfc822", "application/octet-stream"])
def test_a_packed_mail_that_is_attached_to_another_is_opened_whatever_its_kind(inbox, kind):
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "alex@example.org", "my project"
    outer.set_content("Here it is.")
    if kind == "message/rfc822":
        outer.add_attachment(message_from_bytes(mail(None), policy=policy.default), filename="project.eml")
    else:
        outer.add_attachment(mail(None), *kind.split("/"), filename="project.eml")
    (inbox / "one.eml").write_bytes(outer.as_bytes())
    assert run(inbox) == ({"alex@example.org": "collected"}, [])


def test_a_draft_that_was_never_sent_is_its_file_name_s(inbox):
    (inbox / "sam.eml").write_bytes(mail(None))
    assert run(inbox)[0] == {"sam": "collected; no sender stands in it: the learner is named after the file"}


@pytest.mark.parametrize("report", ["doe_123_456_report.pdf", "Doe_123_assignsubmission_file/report.pdf"])
def test_a_learner_without_a_notebook_has_a_row(inbox, report):
    archive(inbox / "all.zip", {report: b"%PDF"})
    taken, (row,) = run(inbox)
    assert taken == {} and "no notebook, but report.pdf" in row.words and row.student.lower() == "doe_123"


def test_a_name_that_leads_out_of_the_archive_is_told(inbox):
    archive(inbox / "all.zip", {"../../outside.ipynb": notebook()})
    taken, (row,) = run(inbox)
    assert taken == {} and "leads out of the archive" in row.words
    assert not (inbox.parent / "outside.ipynb").exists()


def test_another_lesson_s_notebook_is_not_taken_for_this_one(inbox):
    archive(inbox / "all.zip", {"doe_123_456_02_orchestration.ipynb": notebook()})
    taken, (row,) = run(inbox)
    assert taken == {} and row.words == "this is the notebook of 02_orchestration, not of 11_project"
    assert row.where == "all.zip: doe_123_456_02_orchestration.ipynb"


@pytest.mark.parametrize("name", [f"{LESSON}.ipynb", f"{LESSON}.eml"])
def test_a_lesson_is_no_learner(inbox, name):
    (inbox / name).write_bytes(notebook() if name.endswith("b") else mail(None))
    taken, (row,) = run(inbox)
    assert taken == {} and "whose is it?" in row.words


def test_the_latest_mail_counts_in_whatever_order_they_lie(inbox):
    for number, (hour, text) in enumerate([("12", "new"), ("10", "old")]):
        (inbox / f"{number}.eml").write_bytes(mail("a@b.org", text, f"Fri, 27 Nov 2026 {hour}:00:00 +0000"))
    taken, left = run(inbox)
    assert source(inbox, "a@b.org") == "new"
    assert [row.words for row in left] == ["an earlier one: 0.eml counts"]


def test_what_is_replaced_is_set_aside_and_an_older_mail_replaces_nothing(inbox):
    for name, hour, text in (("a", "10", "first"), ("b", "12", "second"), ("c", "11", "late to arrive")):
        for path in inbox.iterdir():
            path.unlink()
        (inbox / f"{name}.eml").write_bytes(mail("a@b.org", text, f"Fri, 27 Nov 2026 {hour}:00:00 +0000"))
        taken, left = run(inbox)
    assert source(inbox, "a@b.org") == "second" and "older" in left[0].words
    aside = inbox.parent / "submissions-replaced" / "a@b.org-1" / f"{LESSON}.ipynb"
    assert json.loads(aside.read_bytes())["cells"][0]["source"] == "first"


def test_a_second_run_changes_nothing(inbox):
    (inbox / "one.eml").write_bytes(mail("a@b.org"))
    run(inbox)
    assert run(inbox)[0] == {"a@b.org": "there already"}


@pytest.mark.parametrize(
    ("name", "student"),
    [
        (f"doealex_123_456_{LESSON}.ipynb", "doealex_123"),
        (f"doealex_LATE_123_456_{LESSON}-1.ipynb", "doealex_123"),
        (f"Alex Doe_77_assignsubmission_file_/{LESSON}.ipynb", "Alex Doe_77"),
        (f"Ünal Öz_77_assignsubmission_file/{LESSON}.ipynb", "Ünal Öz_77"),
        (f"alex/{LESSON}.ipynb", "alex"),
        (f"alex/{LESSON}/{LESSON}.ipynb", "alex"),
        ("alex/Untitled.ipynb", "alex"),
    ],
)
def test_archives_and_unpacked_archives_are_sorted_by_learner(inbox, name, student):
    archive(inbox / "submissions.zip", {name: notebook("zipped")})
    assert run(inbox)[0] == {student: "collected"} and source(inbox, student) == "zipped"
    (inbox / "submissions.zip").unlink()
    (inbox / name).parent.mkdir(parents=True, exist_ok=True)
    (inbox / name).write_bytes(notebook("zipped"))
    assert run(inbox)[0] == {student: "there already"}


def test_an_archive_of_one_learner_is_named_after_the_learner(inbox):
    archive(inbox / "alex.zip", {f"{LESSON}.ipynb": notebook()})
    assert run(inbox)[0] == {"alex": "collected"}


def test_a_packed_mail_in_an_archive_brings_its_notebook(inbox):
    archive(inbox / "all.zip", {f"doealex_1_2_{LESSON}.eml": mail(None, "mailed", date=None)})
    assert run(inbox)[0] == {"doealex_1": "collected"} and source(inbox, "doealex_1") == "mailed"


def test_what_cannot_be_read_is_told_of_and_the_others_are_collected(inbox):
    (inbox / "broken.zip").write_bytes(b"PK\x03\x04 cut short")
    (inbox / "nothing.eml").write_bytes(b"From: b@b.org\r\n\r\nHello")
    (inbox / "noise.eml").write_bytes(bytes(range(256)) * 9)
    (inbox / "evil.eml").write_bytes(mail('"../../x"@b.org'))
    (inbox / "good.eml").write_bytes(mail("a@b.org"))
    taken, left = run(inbox)
    assert taken == {"a@b.org": "collected"}
    assert {row.where for row in left} == {"broken.zip", "nothing.eml", "noise.eml", "evil.eml"}


def test_no_archive_writes_outside_of_the_tree(inbox):
    evil = {"../../out.ipynb": notebook(), f"/etc/{LESSON}.ipynb": notebook(), f"..\\..\\{LESSON}.ipynb": notebook()}
    archive(inbox / "evil.zip", evil)
    run(inbox)
    everything = {path.relative_to(inbox.parent).parts[0] for path in inbox.parent.rglob("*")}
    assert everything <= {"inbox", "submissions"}


def test_a_link_is_not_followed(inbox):
    secret = inbox.parent / "secret.ipynb"
    secret.write_bytes(notebook("secret"))
    (inbox / f"x_1_2_{LESSON}.ipynb").symlink_to(secret)
    member = zipfile.ZipInfo(f"alex/{LESSON}.ipynb")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive(inbox / "links.zip", {member: str(secret)})
    run(inbox)
    assert not [path for path in (inbox.parent / "submissions").rglob("*.ipynb") if "secret" in path.read_text()[:20]]
    assert not any(path.is_symlink() for path in inbox.parent.rglob("*") if path.parent != inbox)


def test_an_archive_that_unpacks_without_an_end_is_refused_at_the_bound(inbox):
    archive(inbox / "bomb.zip", {f"alex/{LESSON}.ipynb": b"0" * (MAX_NOTEBOOK + 10)})
    taken, left = run(inbox)
    assert taken == {} and "larger than" in left[0].words


def test_an_encrypted_archive_is_told_of(inbox):
    path = archive(inbox / "locked.zip", {f"alex/{LESSON}.ipynb": notebook()})
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + offset] |= 1
    path.write_bytes(raw)
    assert "cannot be read" in run(inbox)[1][0].words


def test_two_notebooks_of_other_names_are_not_guessed_between(inbox):
    archive(inbox / "x.zip", {"alex/a.ipynb": notebook(), "alex/b.ipynb": notebook()})
    assert "which is the notebook" in run(inbox)[1][0].words


@given(st.binary(max_size=400))
def test_no_bytes_of_a_mail_stop_the_sorting(raw):
    from grading.arrivals import _checked, _mail

    found = _checked(_mail("x.eml", raw, "x"))
    assert isinstance(found, Arrival) and (found.problem or found.files)


@given(st.dictionaries(st.text(min_size=1, max_size=30), st.binary(max_size=20), max_size=5))
def test_no_names_of_an_archive_stop_the_sorting(files):
    from grading.arrivals import _by_student

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in files.items():
            file.writestr(f"{name}.ipynb", content)
    with zipfile.ZipFile(buffer) as file:
        rows = list(_by_student("x.zip", [(one.filename, lambda one=one: file.read(one)) for one in file.infolist()]))
    assert all(row.problem or row.files for row in rows)


def test_mail_without_a_packed_project_still_brings_its_notebook(inbox):
    message = EmailMessage()
    message["From"], message["To"] = "kim@example.org", "teacher@example.org"
    message.set_content("my homework")
    message.add_attachment(notebook("plain"), maintype="application", subtype="octet-stream", filename="My work.ipynb")
    (inbox / "m.eml").write_bytes(message.as_bytes())
    assert run(inbox)[0] == {"kim@example.org": "collected"} and source(inbox, "kim@example.org") == "plain"
