"""What is promised, shown. One folder per kind of test; `tests.support` holds what they share."""
