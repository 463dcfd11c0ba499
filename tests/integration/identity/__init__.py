"""Real OpenID providers, and what the gateway makes of their tokens."""
