"""ZZC, a maker that does not exist: IEC 62056-21 mode C, no COSEM at all."""
