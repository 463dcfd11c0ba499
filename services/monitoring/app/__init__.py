"""What monitoring does: keep up with the federation folder, and go round the sites."""
