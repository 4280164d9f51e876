"""ZZH, a maker that does not exist: HDLC, other OBIS codes, other scalers, the opposite deviation sign."""
