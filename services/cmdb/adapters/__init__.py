"""The federation folder, PostgreSQL, and the sites themselves, as the ports want them."""
