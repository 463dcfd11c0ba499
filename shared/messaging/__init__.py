"""Plumbing: how messages come in once in effect, and go out in order, whatever is killed in between."""
