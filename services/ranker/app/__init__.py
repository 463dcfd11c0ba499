"""Use cases of the ranker: answer requests, follow what becomes of them."""
