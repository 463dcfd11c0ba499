"""What the cmdb does: keep up with the federation folder."""
