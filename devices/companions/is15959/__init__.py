"""Indian meters by IS 15959."""
