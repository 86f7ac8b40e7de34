"""The assessment half: release, intake, nbgrader's steps, running a class, reports."""

import sys

# jsonschema compiles a grammar of 1.4 s for one format checker that no notebook needs
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
