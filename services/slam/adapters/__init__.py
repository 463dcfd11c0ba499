"""The federation folder and PostgreSQL, as the ports want them."""
