"""What the deployer does: coordinate sagas, take orders, advance trials."""
