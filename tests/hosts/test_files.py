"""A function's files: /tmp is the instance's own, starts empty and stays while it is warm; nothing else can be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import Disturbance, Room

REMEMBERS = {
    "open": "import os\n    before = os.path.exists('/tmp/seen')\n    open('/tmp/seen', 'a').close()",
    "pathlib": "from pathlib import Path\n    seen = Path('/tmp', 'seen')\n    before = seen.exists()\n    seen.write_text('x')",
    "folder": "import os\n    before = os.path.isdir('/tmp/a/b')\n    os.makedirs('/tmp/a/b', exist_ok=True)",
    "rename": "import os\n    before = 'new' in os.listdir('/tmp')\n    open('/tmp/old', 'w').close()\n    os.replace('/tmp/old', '/tmp/new')",
    "shelve": "import shelve\n    with shelve.open('/tmp/seen') as kept:\n        before = 'x' in kept\n        kept['x'] = 1",
    "sqlite3": (
        "import sqlite3\n    base = sqlite3.connect('/tmp/seen.db')\n    base.execute('create table if not exists t (x)')\n"
        "    before = bool(base.execute('select * from t').fetchall())\n    base.execute('insert into t values (1)')\n    base.commit()"
    ),
    "tempfile": (
        "import os, tempfile\n    name = os.path.join(tempfile.gettempdir(), 'seen')\n    before = os.path.exists(name)\n"
        "    open(name, 'w').close()"
    ),
}  # fmt: skip


def handler(body: str) -> str:
    return f"def f(event, context):\n    {body}\n    return before"


def fresh(room: Room, source: str) -> Any:
    return room.runtime.run(room.spec(source), None, {"aws_request_id": "r", "deadline": 1e9}, fresh=True).payload


@pytest.mark.parametrize("way", REMEMBERS)
def test_a_warm_instance_finds_what_it_wrote_and_a_fresh_one_does_not(lone_room: Room, way: str) -> None:
    source = handler(REMEMBERS[way])
    found = lone_room.invoke(source)
    assert (found.payload, found.error) == (False, None)
    assert lone_room.invoke(source).payload is True
    assert fresh(lone_room, source) is False


@pytest.mark.parametrize("way", REMEMBERS)
def test_an_instance_that_writes_does_not_share_its_process(shared_room: Room, way: str) -> None:
    with pytest.raises(Disturbance):
        shared_room.invoke(handler(REMEMBERS[way]))


@pytest.mark.parametrize("path", ["seen.json", "/var/tmp/seen.json", "/tmp/../var/tmp/seen.json"])
def test_everywhere_else_is_read_only_and_the_message_says_where_to_write(lone_room: Room, path: str) -> None:
    found = lone_room.invoke(f"def f(event, context):\n    open({path!r}, 'w')")
    assert found.error == "OSError"
    assert "Read-only file system" in found.message and "below /tmp only" in found.message
    assert not Path("/var/tmp/seen.json").exists()


def test_a_database_in_memory_and_the_null_device_are_no_files(shared_room: Room) -> None:
    source = "import os, sqlite3\ndef f(event, context):\n    sqlite3.connect(':memory:')\n    open(os.devnull, 'w')\n    return 'well'"
    assert shared_room.invoke(source).payload == "well"


def test_to_ask_where_files_belong_is_no_file_yet(shared_room: Room) -> None:
    source = "import tempfile\ndef f(event, context):\n    return bool(tempfile.gettempdir())"
    assert shared_room.invoke(source).payload is True


def test_a_function_reads_what_its_machine_has(shared_room: Room) -> None:
    source = "import json\ndef f(event, context):\n    return len(open(json.__file__).read()) > 100"
    assert shared_room.invoke(source).payload is True


def test_nothing_of_it_reaches_this_machine_s_own_folder(lone_room: Room) -> None:
    lone_room.invoke("def f(event, context):\n    open('/tmp/of-a-function', 'w').close()")
    assert not os.path.exists("/tmp/of-a-function")


def test_an_instance_leaves_nothing_on_the_disk(lone_room: Room) -> None:
    source = "import os, tempfile\ndef f(event, context):\n    os.close(tempfile.mkstemp()[0])\n    return os.getcwd()"
    folder = Path(lone_room.invoke(source).payload)
    assert len(list(folder.glob("tmp/*"))) == 1
    lone_room.runtime.close()
    assert not folder.exists()
