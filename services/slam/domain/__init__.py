"""What an agreement says, and what it means that it has changed. Pure."""
