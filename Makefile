# Every target sets up what it needs on a machine that has Python 3.11 (or newer) and make.
# The same without make: see README.md, "Without make".

.DEFAULT_GOAL := help
.PHONY: help learn teach grade release test prove bench diagrams clean set-up

# The first Python on PATH that is new enough; override with `make PYTHON=/path/to/python3 ...`.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

# nbgrader calls `alembic` and `jupyter` by name, so the environment's programs come first on PATH.
IN := PATH="$(CURDIR)/.venv/bin:$$PATH"
SYNCED := .venv/.in-step
CORES := --numprocesses auto --maxprocesses 4 --dist worksteal

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

learn: $(SYNCED) ## open JupyterLab at a page with all lessons and your progress
	@$(IN) sagalab learn

teach: $(SYNCED) ## open JupyterLab with nbgrader's formgrader on this course
	@$(IN) sagalab teach

grade: $(SYNCED) ## grade the sample class and write grading/out/report/class.html
	@$(IN) python -m grading grade --submissions tests/submissions

release: $(SYNCED) ## build lessons/ from solutions/
	@$(IN) python -m grading release

test: $(SYNCED) ## lint, types and tests: what has to pass before a change lands
	@$(IN) ruff check
	@$(IN) ruff format --check
	@$(IN) mypy
	@$(IN) python -m pytest $(CORES)

prove: $(SYNCED) ## the long proofs, marked `prove`
	@$(IN) SAGALAB_PROVE=1 python -m pytest -m prove $(CORES)

bench: $(SYNCED) ## run the benchmarks and write benchmarks/out/latest.json
	@$(IN) python -m benchmarks

diagrams: $(SYNCED) ## render the architecture diagrams into diagrams/rendered/
	@$(IN) python diagrams/render.py

clean: ## remove what can be made again; learners' work in my-lessons/ stays
	@rm -rf .venv .venv-uv .mypy_cache .ruff_cache .pytest_cache .hypothesis benchmarks/out tests/out dist
	@find src grading tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +

set-up: $(SYNCED)

$(SYNCED): uv.lock pyproject.toml scripts/bootstrap.py
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install one from python.org or your system's \
	packages, or say where it is: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" scripts/bootstrap.py
