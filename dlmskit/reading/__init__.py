"""Typed reading of objects, written as procedures that blocking and asyncio clients run alike.

A procedure is a generator: it yields native operations, gets their results, and returns the answer.
"""

from dlmskit.reading.events import Event
from dlmskit.reading.objects import AttributeRights, ObjectRow
from dlmskit.reading.profile import Profile, ProfileColumn, ProfileRow
from dlmskit.reading.reader import Place, Reader

__all__ = ["AttributeRights", "Event", "ObjectRow", "Place", "Profile", "ProfileColumn", "ProfileRow", "Reader"]
