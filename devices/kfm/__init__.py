"""Kaifa: push lists by position, and tags in odd places."""
