"""docs/dialects.md from the models: what they rest on; ``python -m tests.devices.coverage_page`` writes it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

from dlmskit.model import quirks, registry
from dlmskit.model.device import Confidence, DeviceModel

PAGE = Path(__file__).parent.parent.parent / "docs" / "dialects.md"
COLUMNS = get_args(Confidence)
_HEAD = """# Dialects

The models in [devices/](../devices/README.md), as client, translator and virtual meter share them: how many rows each
has, inherited ones included, and what they rest on. **Witnessed** rows were confirmed by something outside this project
(a captured frame, a published object list, a foreign stack), **seen** ones stand in somebody else's public code or
report, **common knowledge** is what everybody in the field does, **unwitnessed** is what we believe, and **fictional**
makers do not exist. The row itself names its source. Models without a link only label pushes and events; all others run
as `dlmskit sim run MODEL`.

"""


def rows(model: DeviceModel) -> Counter[str]:
    """Rows of a model by confidence."""
    found = (
        *model.associations,
        *model.objects,
        *model.quirks,
        *model.pushes,
        *model.event_tables,
        *model.services,
    )
    return Counter(row.confidence for row in found)


def render() -> str:
    """The whole page."""
    models = {name: registry.load(name) for name in sorted(registry.models())}
    table = [_line("model", "what it is", "inherits", "link", *(each.replace("-", " ") for each in COLUMNS))]
    table.append("|---" * 4 + "|--:" * len(COLUMNS) + "|")
    for name, model in models.items():
        parent = f"`{model.lineage[1]}`" if len(model.lineage) > 1 else ""
        link = model.connection.link if model.connection is not None else ""
        counted = rows(model)
        table.append(_line(f"`{name}`", model.name, parent, link, *(str(counted[each] or "") for each in COLUMNS)))
    known = [_line("quirk", "what the meter does", "models"), "|---|---|---|"]
    for quirk, meaning in sorted(quirks.QUIRKS.items()):
        having = ", ".join(f"`{name}`" for name, model in models.items() if model.quirk(quirk))
        known.append(_line(f"`{quirk}`", meaning, having))
    return _HEAD + "\n".join(table) + "\n\n## Quirks\n\n" + "\n".join(known) + "\n"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
