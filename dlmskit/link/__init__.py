"""Sans-IO framing behind one `Link` protocol: HDLC, the TCP wrapper, M-Bus and IEC 62056-21."""
