"""Which framework for a model: the model in each, measured on this machine, and a verdict."""
