"""The documentation site: `python -m tools.documentation` (needs `pip install dovetail[docs]`)."""
