"""Handlers: one notebook cell is one module, and a zip holds one or more of them.

A module holds only what its cell holds. A name that it borrows from another cell would be missing in the
cloud, so it is refused here, by name.
"""

from __future__ import annotations

import ast
import builtins
import io
import symtable
import sys
import types
import zipfile
from pathlib import Path
from typing import Any

from sagalab.errors import HandlerError

_sources: dict[str, str] = {}


def define(name: str, source: str, namespace: dict[str, Any]) -> types.ModuleType:
    """Takes a cell as the module `name`; its functions become plain functions of the notebook, too.

    Raises `HandlerError` for a bad name, a syntax error, a borrowed name, or an error while it is imported.
    """
    where = f"%%handler {name}"
    _check_name(name, where)
    try:
        ast.parse(source)
    except SyntaxError as error:
        raise HandlerError(
            f"line {error.lineno} is no Python: {error.msg}", where=where, do="mend that line and run the cell again"
        ) from None
    own = {value for value in namespace if not value.startswith("_")}
    borrowed = [one for one in unbound(source) if one in own]
    if borrowed:
        raise HandlerError(
            f"it uses {', '.join(repr(one) for one in borrowed)} from another cell",
            where=where,
            slip="in the cloud the module holds only what its own cell holds",
            do=f"import or define {borrowed[0]!r} in this cell",
        )
    missing = unbound(source)
    if missing:
        raise HandlerError(
            f"the name {missing[0]!r} is defined nowhere",
            where=where,
            slip="a missing import, or a misspelt name",
            do=f"define or import {missing[0]!r} in this cell",
        )
    module = types.ModuleType(name)
    module.__dict__["__file__"] = f"{name}.py"
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        exec(compile(source, f"{name}.py", "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
        raise HandlerError(
            f"importing it raised {type(error).__name__}: {error}",
            where=where,
            do="code outside functions runs at import; mend it, or move it into a function",
        ) from error
    _sources[name] = source
    namespace[name] = module
    for key, value in vars(module).items():
        if isinstance(value, types.FunctionType) and value.__module__ == name:
            namespace[key] = value
    return module


def _check_name(name: str, where: str) -> None:
    if not name.isidentifier():
        raise HandlerError(
            f"{name!r} is no module name",
            where=where,
            slip="the line reads %%handler NAME, for example %%handler payment",
        )
    taken = name in sys.stdlib_module_names or name in ("boto3", "botocore", "sagalab", "moto")
    if taken and name not in _sources:
        raise HandlerError(
            f"{name!r} is the name of a module that exists already", where=where, do="choose another name"
        )


def unbound(source: str) -> list[str]:
    """Gives the names that a module uses and does not define, import or get from Python."""
    table = symtable.symtable(source, "handler", "exec")
    known = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    known |= {child.get_name() for child in table.get_children()} | _assigned_globals(table)
    used: dict[str, None] = {}
    _globals_used(table, used)
    return [name for name in used if name not in known and not hasattr(builtins, name) and not name.startswith("__")]


def _globals_used(table: symtable.SymbolTable, used: dict[str, None]) -> None:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or (top and not symbol.is_assigned())):
            used[symbol.get_name()] = None
    for child in table.get_children():
        _globals_used(child, used)


def _assigned_globals(table: symtable.SymbolTable) -> set[str]:
    found = {s.get_name() for s in table.get_symbols() if s.is_declared_global() and s.is_assigned()}
    return found.union(*(_assigned_globals(child) for child in table.get_children())) if table.get_children() else found


def package(*names: str) -> bytes:
    """Gives the zip of one or more handler modules, or of the `.py` files of a folder ("handlers/").

    Raises `HandlerError` for a handler that no cell defines, or a folder without modules.
    """
    if not names:
        raise HandlerError("nothing to package", where="package()", slip='package("payment") names a handler')
    members: dict[str, str] = {}
    for name in names:
        folder = Path(name)
        if name in _sources:
            members[f"{name}.py"] = _sources[name]
        elif folder.is_dir():
            found = {path.name: path.read_text() for path in sorted(folder.glob("*.py"))}
            if not found:
                raise HandlerError(f"the folder {name} holds no .py file", where="package()")
            members.update(found)
        else:
            defined = ", ".join(sorted(_sources)) or "none yet"
            raise HandlerError(
                f"there is no handler {name!r}",
                where="package()",
                slip=f"run the cell %%handler {name} first; handlers defined so far: {defined}",
            )
    return zipped(members)


def zipped(members: dict[str, str]) -> bytes:
    """Gives a zip whose bytes depend on its members alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def forget() -> None:
    """Forgets all handlers, as a fresh notebook would."""
    for name in _sources:
        sys.modules.pop(name, None)
    _sources.clear()
