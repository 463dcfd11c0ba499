"""The gateway's HTTP: shapes that INDIGO clients know, and ours beside them."""
