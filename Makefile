.DEFAULT_GOAL := run
VENV := .venv
PY := $(VENV)/bin/python
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/pip install --quiet uv
