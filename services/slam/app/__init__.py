"""What slam does: keep up with the federation folder."""
