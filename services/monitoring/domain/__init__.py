"""What is watched, when it is looked at again, and what was seen. Pure."""
