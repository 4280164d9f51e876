"""British meters by GBCS."""
