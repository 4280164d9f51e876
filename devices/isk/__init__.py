"""Iskraemeco: push lists of customer ports."""
