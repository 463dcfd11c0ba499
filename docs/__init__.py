"""What Corale says about itself. `python -m docs.generate` writes the part that follows from the code."""
