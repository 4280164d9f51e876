"""Talks to any electricity or gas meter, and translates for any head end."""
