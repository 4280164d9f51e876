"""A meter with a client SAP for every authentication mechanism, to try other stacks against."""
