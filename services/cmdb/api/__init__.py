"""The read API: `/sites`, `/sites/{id}`, `/problems`."""
