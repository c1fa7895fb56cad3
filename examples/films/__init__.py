"""Films: the stars that somebody will give, and the film that comes next."""
