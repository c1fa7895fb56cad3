"""Whole models, written once for each framework, from its own pieces or from Dovetail's."""
