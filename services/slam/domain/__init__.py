"""What an agreement says, who may do what with it, and what it means at a given moment. Pure."""
