# `make` alone lists what there is. Every target does the set-up that it needs.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
# What the last set-up was made for is in the stamp's name: a repository that moved is set up again.
STAMP := .venv/.set-up-$(shell pwd | cksum | cut -d ' ' -f 1)

UV := uv==0.13.*
UPGRADE :=

export PYTHON

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## Set up this machine and .venv (PYTHON=... chooses the Python)
	@:

$(STAMP): requirements.lock pyproject.toml .ci/setup
	@.ci/setup
	@rm -f .venv/.set-up-* && touch $@

BROWSER_STAMP := tests/browser/node_modules/.set-up

.PHONY: browser
browser: $(BROWSER_STAMP) ## Set up what tests in a browser need: Chromium and a few npm packages
	@:

$(BROWSER_STAMP): tests/browser/package.json tests/browser/package-lock.json .ci/setup-browser
	@.ci/setup-browser
	@mkdir -p $(@D) && touch $@

.PHONY: clip
clip: setup ## Render the clip LayerIntro at 1080p60 and publish it in renders/clips
	@$(BIN)/litnet render -q h LayerIntro </dev/null

.PHONY: test
test: lint browser ## Check the code's form, then run the tests, on up to 4 cores
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n logical --maxprocesses 4 \
		--no-loadscope-reorder </dev/null  # the tests' many processes compile litnet once

.PHONY: test-all
test-all: ## As make test; films of other languages, models and shapes are drawn, too
	@LITNET_TEST_ALL=1 $(MAKE) --no-print-directory test

.PHONY: test-package
test-package: setup ## Install the wheel into a new environment, and film with nothing else
	@LITNET_TEST_PACKAGE=1 $(BIN)/python -m pytest -s tests/test_project.py -k 'wheel or installed' </dev/null

.PHONY: test-hostile
test-hostile: setup ## Attack litnet for some minutes (SEED=... for the same attacks again)
	@$(BIN)/python -m pytest -o python_files='attack_*.py' -n logical --maxprocesses 4 \
		--no-loadscope-reorder tests/hostile </dev/null

.PHONY: test-frameworks
test-frameworks: setup ## Make models with PyTorch, Keras, ONNX, scikit-learn; compare
	@test -x .venv-frameworks/bin/python || $(BIN)/python -m venv .venv-frameworks
	@.venv-frameworks/bin/pip install --quiet --disable-pip-version-check \
		-r tests/network/frameworks/requirements.txt
	@files=$$(mktemp -d); trap 'rm -rf "$$files"' EXIT; \
	.venv-frameworks/bin/python tests/network/frameworks/make_files.py "$$files" && \
	LITNET_FRAMEWORK_FILES="$$files" $(BIN)/python -m pytest tests/network/test_frameworks.py </dev/null && \
	PYTHONPATH=. .venv-frameworks/bin/python -m pytest -p no:cacheprovider \
		--confcutdir tests/network/frameworks tests/network/frameworks </dev/null

.PHONY: lint
lint: setup ## Check the code's form: ruff, mypy, and import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

.PHONY: format
format: setup ## Put the code into form
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

.PHONY: bench
bench: setup ## Measure litnet beside stock Manim and the encoder (over half an hour)
	@$(BIN)/python -m benchmarks.run </dev/null

.PHONY: bench-quick
bench-quick: setup ## The same in short: the essential rows
	@$(BIN)/python -m benchmarks.run --quick </dev/null

.PHONY: messages
messages: setup ## Collect the keys of the scenes' words into the catalogues of all languages
	@$(BIN)/pybabel -q extract -F assets/narration/babel.toml --no-location --sort-output \
		--project litnet --version '' --omit-header -o assets/narration/litnet.pot \
		scenes litnet/story/scene.py litnet/lessons assets/narration/en.po
	@for file in assets/narration/*.po; do \
		$(BIN)/pybabel -q update -i assets/narration/litnet.pot -o "$$file" \
			-l "$$(basename "$$file" .po | tr - _)" --no-fuzzy-matching --ignore-obsolete --omit-header; \
	done

.PHONY: web
web: browser ## Bundle and minify the elements of lesson pages, from litnet/lessons/web/src
	@node tests/browser/bundle.mjs

.PHONY: docs
docs: setup ## Build the site into build/docs/html, from what is published and fresh
	@$(BIN)/python docs/site

.PHONY: loop
loop: setup ## Make the loop and the pictures of the README again, from LayerIntro
	@$(BIN)/python docs/pictures.py

.PHONY: storyboard
storyboard: setup ## Make docs/storyboard.md again, from the stories
	@$(BIN)/python docs/storyboard.py

.PHONY: lock
lock: setup ## Make requirements.lock again (UPGRADE=--upgrade: with the newest versions)
	@tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(BIN)/python -m venv "$$tools" && \
	"$$tools/bin/pip" install --quiet --disable-pip-version-check '$(UV)' && \
	"$$tools/bin/uv" pip compile pyproject.toml --group dev $(UPGRADE) \
		--universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--no-emit-index-url --system-certs --custom-compile-command 'make lock' \
		--quiet --no-cache --output-file requirements.lock

.PHONY: clean
clean: ## Remove what was rendered and cached (.venv stays)
	rm -rf .mypy_cache .pytest_cache .ruff_cache build dist
	find . -path ./.venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
	find renders -mindepth 1 ! -name README.md -delete
