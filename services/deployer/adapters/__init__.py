"""The deployer's store and its way to the gateway's vault."""
