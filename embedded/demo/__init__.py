"""The main job, end to end: a template goes in, the first site fails, the second one runs it."""
