"""Every APDU as XML and as JSON, both ways and without loss: ``from_xml(to_xml(apdu)) == apdu``.

The schema is docs/notation.md. Both come from the declared fields of the message classes, so every class has them.
"""

from dlmskit.notation.document import (
    SCHEMA,
    data_from_json,
    data_to_json,
    from_json,
    from_text,
    from_xml,
    to_json,
    to_xml,
)

__all__ = ["SCHEMA", "data_from_json", "data_to_json", "from_json", "from_text", "from_xml", "to_json", "to_xml"]
