"""The language of Corale: every message that services tell each other, and the words they are made of.

Imports pydantic and the standard library only.
"""
