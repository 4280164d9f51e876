"""Companion specifications: what meters of many makers share."""
