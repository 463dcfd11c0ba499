"""Who calls: people with tokens of trusted issuers, and our own services with keys of their own."""
