"""A host whose framework cannot be imported."""

import dovetail_has_no_such_framework  # pyright: ignore[reportMissingImports, reportUnusedImport] # noqa: F401
