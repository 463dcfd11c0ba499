"""What the six services have in common: the language they speak and the plumbing that carries it. No business logic."""
