"""YAML that people write in files: read safely, checked, watched; every problem with its file and line."""
