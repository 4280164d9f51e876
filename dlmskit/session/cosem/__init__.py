"""COSEM dialogues over whole APDUs: client, server and receiver of pushes."""
