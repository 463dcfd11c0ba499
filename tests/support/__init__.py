"""What tests share: builders with defaults, waiting with a deadline."""
