"""What it means that a site has changed. Pure."""
