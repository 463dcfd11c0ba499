"""The federation folder, PostgreSQL and the collectors, as the ports want them."""
