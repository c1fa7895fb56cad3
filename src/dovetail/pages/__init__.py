"""Self-contained pages: of a definition, of its measurements, and of a choice of framework."""
