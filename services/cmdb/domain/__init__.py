"""What a site is, how its layers make one, who may change it, and how older generations would write it. Pure."""
