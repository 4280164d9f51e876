"""Sagemcom: M-Bus framing of the Austrian customer port. Its pushes say all themselves."""
