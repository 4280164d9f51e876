"""Serial ports and pseudo-terminals, blocking, by pyserial. The port is taken exclusively."""

from __future__ import annotations

import errno
import os
import select
import time

import serial

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout

try:
    from termios import error as TerminalError  # noqa: N812
except ImportError:  # Windows
    TerminalError = OSError  # type: ignore[misc, assignment]

_FAILURES = (serial.SerialException, TerminalError, OSError, TypeError)
"""pyserial lets a closed port surface as a TypeError"""
_BITS = {"7": serial.SEVENBITS, "8": serial.EIGHTBITS}
_PARITIES = {"N": serial.PARITY_NONE, "E": serial.PARITY_EVEN, "O": serial.PARITY_ODD}
_STOPS = {"1": serial.STOPBITS_ONE, "2": serial.STOPBITS_TWO}
_CAUSES = {
    errno.ENOENT: "there is no such port",
    errno.ENODEV: "there is no such port",
    errno.ENXIO: "there is no such port",
    errno.EACCES: "no permission: on Linux the user must belong to the group of the port, often dialout",
    errno.EPERM: "no permission",
    errno.EBUSY: "another program uses it",
    errno.EAGAIN: "another program uses it",
    errno.EWOULDBLOCK: "another program uses it",
    errno.ENOTTY: "it is not a serial port",
    errno.EISDIR: "it is a directory, not a serial port",
}


class SerialTransport:
    """One open port."""

    def __init__(self, port: serial.Serial, *, has_line: bool = True) -> None:
        self._port = port
        self._has_line = has_line

    def fileno(self) -> int:
        """The descriptor, for event loops."""
        descriptor: int = self._port.fileno()
        return descriptor

    def write(self, data: bytes) -> None:
        """Queue all of `data`. Raises `TransportClosed`, `TransportTimeout`."""
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            raise TransportTimeout(f"{self._port.port} does not take what we send") from None
        except _FAILURES as error:
            raise _closed(self._port, error) from error

    def read(self, timeout: float | None) -> bytes:
        """At least one octet. Raises `TransportTimeout` or `TransportClosed`."""
        try:
            if not self._wait(timeout):
                raise TransportTimeout(f"nothing came on {self._port.port} within {timeout:g} s")
            data: bytes = self._port.read(max(1, self._port.in_waiting))
        except TransportTimeout:
            raise
        except _FAILURES as error:
            raise _closed(self._port, error) from error
        if not data:
            raise TransportClosed(f"{self._port.port} is gone")
        return data

    def _wait(self, timeout: float | None) -> bool:
        if os.name == "posix":
            return bool(select.select([self._port.fileno()], [], [], timeout)[0])
        end = None if timeout is None else time.monotonic() + timeout
        while not self._port.in_waiting and (end is None or time.monotonic() < end):
            time.sleep(0.001)
        return bool(self._port.in_waiting)

    def set_line(self, baud: int, format: str) -> None:
        """Switch rate and format; a pseudo-terminal has a rate only. Raises `TransportError` when the port cannot."""
        bits, parity, stops = _line(format)
        try:
            self._port.baudrate = baud
            if not self._has_line:
                return
            self._port.bytesize, self._port.parity, self._port.stopbits = bits, parity, stops
        except (*_FAILURES, ValueError) as error:
            raise TransportError(f"{self._port.port} cannot be set to {baud} Bd {format}: {error}") from error

    def drain(self) -> None:
        """Wait until everything has left the port, the last octet's stop bit included."""
        try:
            self._port.flush()
        except _FAILURES as error:
            raise _closed(self._port, error) from error
        if self._has_line:
            # The driver calls an octet sent when it reaches the UART: give that one time to leave.
            time.sleep(11 / self._port.baudrate)

    def close(self) -> None:
        """Close the port."""
        self._port.close()


def _closed(port: serial.Serial, error: BaseException) -> TransportClosed:
    return TransportClosed(f"{port.port} is gone: {error}")


def _is_pseudo_terminal(path: str) -> bool:
    # It has no UART: it refuses seven bits and parity, and carries octets all the same.
    return os.path.realpath(path).startswith("/dev/pts/")


def _line(format: str) -> tuple[int, str, float]:
    try:
        return _BITS[format[0:1]], _PARITIES[format[1:2].upper()], _STOPS[format[2:]]
    except KeyError:
        raise TransportError(f"a line format is written like 8N1 or 7E1, not {format!r}") from None


def open_port(
    path: str,
    baud: int = 9600,
    format: str = "8N1",
    *,
    rts: bool | None = None,
    dtr: bool | None = None,
    write_timeout: float = 30.0,
) -> SerialTransport:
    """Open a port exclusively. Raises `TransportError` naming the port and the cause."""
    bits, parity, stops = _line(format)
    port = serial.Serial()
    port.port, port.baudrate, port.exclusive, port.write_timeout = path, baud, True, write_timeout
    port.timeout = 0 if os.name == "posix" else None
    has_line = not _is_pseudo_terminal(path)
    if has_line:
        port.bytesize, port.parity, port.stopbits = bits, parity, stops
    if rts is not None:
        port.rts = rts
    if dtr is not None:
        port.dtr = dtr
    try:
        port.open()
    except (*_FAILURES, ValueError) as error:
        raise TransportError(f"cannot open {path}: {_cause(error)}") from error
    return SerialTransport(port, has_line=has_line)


def _cause(error: BaseException) -> str:
    if "exclusively lock" in str(error):
        return _CAUSES[errno.EBUSY]
    for source in (error, error.__context__):
        number = getattr(source, "errno", None) or next(iter(getattr(source, "args", ())), None)
        if number in _CAUSES:
            return _CAUSES[number]
    return str(error)
