"""What Dutch meters have in common."""
