"""What ranking costs, beside its budget: a federation of a thousand sites with twenty services each."""
