"""The federation folder, PostgreSQL and Prometheus, as the ports want them."""
