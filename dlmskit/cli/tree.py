"""`dlmskit tree`: what a meter has and what one may do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from dlmskit.cli.connection import client, connection_options

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from dlmskit.reading.tree import AttributeNode, MethodNode, ObjectNode


@click.command()
@click.argument("target")
@connection_options
@click.option("--find", metavar="TEXT", help="Only objects with this in their name, class, code or description.")
@click.option("--objects", "only_objects", is_flag=True, help="Objects without their attributes and methods.")
@click.option("--refresh", is_flag=True, help="Ask the meter, also where its object list is known from the last time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a tree.")
def command(target: str, find: str | None, only_objects: bool, refresh: bool, as_json: bool, **options: Any) -> None:
    """Show what the association with the meter at TARGET offers: objects, attributes, methods and access rights.

    Rights are r for reading and w for writing, x for a method that may be invoked, - for none and ? where the meter
    does not tell them.

    \b
    dlmskit tree sim:
    dlmskit tree sim: --find energy --objects
    dlmskit tree tcp://192.0.2.7:4059 --client 32 --password env:LLS --refresh
    """
    with client(target, **options) as meter:
        if refresh:
            meter.objects(fresh=True)
        shown = meter.tree()
        nodes = list(shown) if find is None else list(shown.find(find))
    if find is not None and not nodes:
        raise click.UsageError(f"none of the {len(shown)} objects has {find!r} in its name, class, code or description")
    if as_json:
        items = [_json(node, only_objects) for node in nodes]
        click.echo(msgspec.json.encode({"schema": "dlmskit/tree/1", "items": items}))
        return
    from dlmskit.cli.terminal import console

    console().print(_tree(target, nodes, only_objects))


def _json(node: ObjectNode, only_objects: bool) -> dict[str, Any]:
    head = {
        "class_id": node.class_id,
        "version": node.version,
        "obis": str(node.obis),
        "class": node.class_name,
        "name": node.description or "",
        "role": node.name,
    }
    if only_objects:
        return head
    attributes = [
        {"number": each.number, "name": each.name}
        | ({} if each.rights is None else {"rights": _rights(each), "access_mode": each.rights.access_mode})
        for each in node.attributes
    ]
    methods = [
        {"number": each.number, "name": each.name}
        | ({} if each.access_mode is None else {"rights": _right(each), "access_mode": each.access_mode})
        for each in node.methods
    ]
    return head | {"attributes": attributes, "methods": methods}


def _tree(target: str, nodes: list[ObjectNode], only_objects: bool) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    root = Tree(Text(target, "bold").append(f"  {len(nodes)} object{'s' * (len(nodes) != 1)}", "dim"))
    for node in nodes:
        branch = root.add(_object(node))
        if only_objects:
            continue
        for attribute in node.attributes:
            branch.add(_line(_rights(attribute), f"{attribute.number} {attribute.name}"))
        for method in node.methods:
            branch.add(_line(_right(method), f"{method.number} {method.name}()"))
    return root


def _object(node: ObjectNode) -> Text:
    from rich.text import Text

    line = Text(str(node.obis), "bold cyan").append(f"  {node.class_name}", "default")
    if node.version:
        line.append(f" v{node.version}", "dim")
    line.append(f"  {node.description}" if node.description else "", "not bold green")
    return line.append(f"  {node.name}" if node.name else "", "not bold dim")


def _line(rights: str, name: str) -> Text:
    from rich.text import Text

    return Text(f"{rights:2}  {name}", "dim" if rights == "-" else "")


def _rights(attribute: AttributeNode) -> str:
    if attribute.rights is None:
        return "?"
    return "r" * attribute.rights.readable + "w" * attribute.rights.writable or "-"


def _right(method: MethodNode) -> str:
    return "?" if method.access_mode is None else "x" if method.access_mode else "-"
