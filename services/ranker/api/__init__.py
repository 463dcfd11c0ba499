"""What operators and the curious may look at."""
