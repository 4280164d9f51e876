"""Where secrets and counters are kept: the only part that reads key files, and the only one that writes counters."""
