"""Running plans on live meters."""
