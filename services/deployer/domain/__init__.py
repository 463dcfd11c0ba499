"""The saga: what follows from what, without a clock, a store or a network."""
