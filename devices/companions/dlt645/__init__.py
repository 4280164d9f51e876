"""Chinese meters by DL/T 645-2007."""
