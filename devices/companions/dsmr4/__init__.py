"""Dutch meters of DSMR 4.2.2 and SMR 4.3."""
