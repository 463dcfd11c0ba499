"""The ranker's store."""
