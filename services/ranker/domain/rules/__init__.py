"""What operators say beside the arithmetic, as data: conditions on users, groups, use cases and places, and effects."""
