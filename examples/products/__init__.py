"""Products: what else belongs into a basket."""
