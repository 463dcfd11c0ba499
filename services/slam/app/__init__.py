"""What slam does: people negotiate, the folder is kept up with, dates take effect, and readers see their own."""
