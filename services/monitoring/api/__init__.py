"""The read API: `/observations`, `/observations/{site}`, `/problems`."""
