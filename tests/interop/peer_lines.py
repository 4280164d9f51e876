"""Peers as processes, and the lines to them: a meter behind TCP ports, a pseudo-terminal before one of them."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

HOST = "127.0.0.1"
CURVES: dict[str, ec.EllipticCurve] = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}


@contextmanager
def peer_meter(script: str | Path, folder: Path, *words: str) -> Iterator[int]:
    """A fresh peer meter with key pairs in `folder`; its base port: HDLC there, the wrapper one above."""
    write_key_pairs(folder)
    base = free_base()
    with running([os.environ["DLMSKIT_PEER_PYTHON"], str(script), "--port", str(base), *words], folder):
        wait_for(base + 1)
        yield base


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[None]:
    """A process for as long as the context lasts."""
    process = subprocess.Popen(
        command,
        env={**os.environ, "RIG_KEYS": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def write_key_pairs(folder: Path) -> None:
    """Fresh key pairs of client and meter on both curves, as PEM files."""
    for name in ("server", "client"):
        for label, curve in CURVES.items():
            key = ec.generate_private_key(curve)
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / f"{name}_{label}.pem").write_bytes(pem)
            public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            (folder / f"{name}_{label}.pub.pem").write_bytes(public)


def free_base() -> int:
    """A port that is free together with the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind((HOST, 0))
            base: int = first.getsockname()[1]
            try:
                second.bind((HOST, base + 1))
            except OSError:
                continue
            return base


def wait_for(port: int) -> None:
    """Until something listens."""
    end = time.monotonic() + 20
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        assert time.monotonic() < end, "the peer meter did not start"
        time.sleep(0.05)


@contextmanager
def pty_before(port: int) -> Iterator[str]:
    """A pseudo-terminal whose octets go to a TCP port and back; the path of the device to open."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    stop = threading.Event()
    with ExitStack() as open_files:
        open_files.callback(os.close, theirs)
        open_files.callback(os.close, ours)
        line = open_files.enter_context(closing(socket.create_connection((HOST, port))))
        pump = threading.Thread(target=_pump, args=(ours, line, stop))
        pump.start()
        try:
            yield os.ttyname(theirs)
        finally:
            stop.set()
            pump.join()


def _pump(terminal: int, line: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        for ready in select.select([terminal, line], [], [], 0.05)[0]:
            if ready is line:
                os.write(terminal, line.recv(4096))
            else:
                line.sendall(os.read(terminal, 4096))
