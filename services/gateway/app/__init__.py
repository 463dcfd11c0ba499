"""What the gateway does: accept requests, fold the story, open the vault for those who may."""
