"""How collectors read what answers over HTTP: bounded, with the right credentials, and sample by sample."""
