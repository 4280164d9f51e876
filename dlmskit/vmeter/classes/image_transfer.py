"""Image transfer (class 18) in front of the image memory. The model states block size and how an image is judged."""

from __future__ import annotations

from typing import Any

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem.image import ImageStatus
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.vmeter.behaviour import Asked, Behaviour
from dlmskit.vmeter.image import ImageMemory


def _memory(asked: Asked) -> ImageMemory:
    return asked.firmware.images[asked.row.name]


def _now(asked: Asked) -> int:
    return asked.firmware.clock.physical


def _blocks(asked: Asked) -> Data:
    return data.bit_string("".join("01"[there] for there in _memory(asked).transferred()))


def _to_activate(asked: Asked) -> Data:
    memory = _memory(asked)
    if memory.status(_now(asked)) < ImageStatus.VERIFICATION_SUCCESSFUL:
        return data.array()
    size, identifier = data.double_long_unsigned(memory.size), data.octet_string(memory.identifier)
    return data.array(data.structure(size, identifier, data.octet_string(memory.signature())))


def _enable(asked: Asked, value: Data) -> None:
    if value.tag is not DataType.BOOLEAN:
        raise DataAccessError("type-unmatched", "image_transfer_enabled wants a boolean")
    _memory(asked).enabled = value.value


def _initiate(asked: Asked, parameters: Data | None) -> None:
    identifier, size = _pair(parameters, DataType.OCTET_STRING, DataType.DOUBLE_LONG_UNSIGNED)
    _memory(asked).initiate(identifier, size, _now(asked))


def _block(asked: Asked, parameters: Data | None) -> None:
    number, octets = _pair(parameters, DataType.DOUBLE_LONG_UNSIGNED, DataType.OCTET_STRING)
    _memory(asked).take(number, octets, _now(asked))


def _pair(parameters: Data | None, *wanted: DataType) -> tuple[Any, ...]:
    tree = parameters.tree() if parameters is not None else None
    if tree is None or tree.tag != DataType.STRUCTURE or [part.tag for part in tree.value] != list(wanted):
        raise ActionError("type-unmatched", f"wanted a structure of {' and '.join(item.label for item in wanted)}")
    return tuple(part.value for part in tree.value)


IMAGE_TRANSFER = Behaviour(
    read={
        "image_block_size": lambda asked: data.double_long_unsigned(_memory(asked).block_size),
        "image_transferred_blocks_status": _blocks,
        "image_first_not_transferred_block_number": lambda asked: data.double_long_unsigned(
            _memory(asked).first_missing
        ),
        "image_transfer_enabled": lambda asked: data.boolean(_memory(asked).enabled),
        "image_transfer_status": lambda asked: data.enum(_memory(asked).status(_now(asked))),
        "image_to_activate_info": _to_activate,
    },
    write={"image_transfer_enabled": _enable},
    invoke={
        "image_transfer_initiate": _initiate,
        "image_block_transfer": _block,
        "image_verify": lambda asked, parameters: _memory(asked).verify(_now(asked)),
        "image_activate": lambda asked, parameters: _memory(asked).activate(_now(asked)),
    },
)
