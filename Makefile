# make demo: a class of 30 made-up students, marked.   make test: all tests.
# make lab: the notebooks in JupyterLab.               Each sets up .venv first.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test lab build bench clean

demo: $(READY)
	rm -rf demo-class
	$(BIN)/autograder demo demo-class

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n logical --dist loadfile

lab: $(READY)
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/step-by-step.ipynb

build: $(READY)
	for script in notebooks/figures/draw_*.py; do $(BIN)/python $$script || exit 1; done
	$(BIN)/autograder build

bench: $(READY)
	$(BIN)/python -m autograder.proving.bench

clean:
	rm -rf .venv demo-class

$(READY): pyproject.toml requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[instructor,test]'
	touch $@
