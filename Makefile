# `make run` serves the portal, `make test` proves it; both begin on a machine that has Python 3.11 and make.
# Every recipe starts with exec, so that a signal to make reaches the program and not a shell in between.

PYTHON ?= python3

.PHONY: help run test check format screenshots bench

help:
	@echo "make run      serve the portal on http://127.0.0.1:8000 (PORT=8123 make run: elsewhere)"
	@echo "make test     everything: lint, types, SQLite, PostgreSQL, real servers, Chromium"
	@echo "make check    the quick loop: lint, types, SQLite"
	@echo "make format   let ruff put the code in order"
	@echo "make bench    what pages, seats, reminders and the review cost, on PostgreSQL with two processes (a quarter of an hour)"
	@echo "make screenshots   take the pictures of docs/screenshots anew"

run:
	@exec $(PYTHON) -m opsi_portal.start

test:
	@exec $(PYTHON) -m opsi_portal.environment requirements-dev.txt -m tests.suite

check:
	@exec $(PYTHON) -m opsi_portal.environment requirements-dev.txt -m tests.suite --quick

format:
	@exec $(PYTHON) -m opsi_portal.environment requirements-dev.txt -m ruff format .

screenshots:
	@exec $(PYTHON) -m opsi_portal.environment requirements-dev.txt -m tests.journeys.screenshots

bench:
	@exec $(PYTHON) -m opsi_portal.environment requirements-dev.txt -m bench
