"""Landis+Gyr: push lists of customer ports."""
