"""Other engines doing the same saga: six steps, each durable, and one compensation where the last step fails."""
