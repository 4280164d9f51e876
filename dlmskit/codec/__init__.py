"""Values to octets and back: A-XDR Data, the BER subset of ACSE, frame check sequences, dates and times.

No module here holds state or knows what a value means. `axdr` and `fcs` choose the compiled twin where it is built.
"""
