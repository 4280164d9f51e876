"""Octets in and out of ports: TCP, serial and in memory. Nothing here knows a protocol.

The modules of one port each are imported where they are used, so that importing this package loads neither pyserial
nor asyncio.
"""
