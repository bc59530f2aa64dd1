# Every target sets up what it needs, on a machine with nothing prepared; a second run re-does nothing.
.PHONY: run test train evaluate bench setup lock check clean
.DEFAULT_GOAL := run

setup:
	@scripts/setup

run: setup            ## serve http://localhost:8000 until stopped
	@.venv/bin/jieda serve

train: setup          ## train the model for the present data, unless there is one
	@.venv/bin/jieda train

test: setup check     ## everything that must hold
	@.venv/bin/jieda train
	@.venv/bin/python -m pytest

evaluate: setup       ## measure understanding on held-out messages, beside three stock pipelines
	@.venv/bin/python -m evaluation

bench: setup          ## speed: the desk with a year's conversations on SQLite and PostgreSQL; WeChat's callbacks
	@.venv/bin/python -m benchmarks.desk
	@.venv/bin/python -m benchmarks.wechat

check: setup          ## style and types
	@.venv/bin/ruff check .
	@.venv/bin/mypy

lock: setup           ## pin what pyproject.toml asks for
	@.venv/bin/uv pip compile pyproject.toml --extra dev --python-version 3.10 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-annotate --no-header --quiet --output-file requirements.lock

clean:                ## remove what was made here
	rm -rf .venv .venv-uv var build *.egg-info models/*.tar.gz .rasa
