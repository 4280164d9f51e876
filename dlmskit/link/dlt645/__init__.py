"""DL/T 645-2007 on a line: frames, wake-up octets, checksums.

A *message* between link and session is what stands between the guards of a frame, in clear: six address octets (lowest
digits first), the control octet, and the data without the 33 that is added to each octet on the line. The session owns
the addresses.
"""

from dlmskit.link.dlt645.frame import Dlt645Frame
from dlmskit.link.dlt645.link import Dlt645Link
from dlmskit.link.dlt645.reader import Dlt645Reader

__all__ = ["Dlt645Frame", "Dlt645Link", "Dlt645Reader"]
