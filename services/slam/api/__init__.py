"""The read API: `/agreements`, `/agreements/{id}`, `/problems`."""
