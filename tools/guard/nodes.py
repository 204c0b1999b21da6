"""The trees in which a server keeps what it has made of SQL: the text of pg_node_tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(r"[(){}]|(?:\\.|[^\s(){}\\])+", re.DOTALL)


class Node(NamedTuple):
    """A node and its fields in order; a field has the words, nodes and lists that follow its name."""

    kind: str
    fields: list[tuple[str, list[Value]]]

    def below(self) -> Iterator[Node]:
        """The nodes right below it."""
        for _, values in self.fields:
            yield from inside(values)

    def words(self, field: str) -> list[str]:
        """The words of a field, those of a list such as (o 1 2) too."""
        found = [values for name, values in self.fields if name == field]
        return [word for values in found for word in flat(values)]


Value = str | Node | list["Value"]


def parse(text: str) -> list[Node]:
    """The nodes of a tree; raises ValueError where it is not one."""
    top: list[Value] = []
    stack: list[Node | list[Value]] = [top]
    for token in TOKEN.findall(text):
        if token in "({":
            made: Node | list[Value] = Node("", []) if token == "{" else []
            _add(stack, made)
            stack.append(made)
        elif token in ")}":
            if len(stack) < 2 or isinstance(stack[-1], Node) != (token == "}"):
                raise ValueError("the tree is not balanced")
            stack.pop()
        else:
            _word(stack, token)
    if len(stack) != 1:
        raise ValueError("the tree does not end")
    return list(inside(top))


def _word(stack: list[Node | list[Value]], token: str) -> None:
    """A name that begins with a colon is taken for a field: that adds an empty one and hides nothing."""
    within = stack[-1]
    if isinstance(within, Node):
        if not within.kind:
            _replace(stack, Node(token, within.fields))
            return
        if token.startswith(":"):
            within.fields.append((token[1:], []))
            return
    _add(stack, token)


def _replace(stack: list[Node | list[Value]], node: Node) -> None:
    holder = stack[-2]
    values = holder.fields[-1][1] if isinstance(holder, Node) else holder
    values[-1] = node
    stack[-1] = node


def _add(stack: list[Node | list[Value]], value: Value) -> None:
    within = stack[-1]
    if isinstance(within, Node):
        if not within.fields:
            raise ValueError("a node has no fields before its values")
        within.fields[-1][1].append(value)
    else:
        within.append(value)


def inside(values: list[Value]) -> Iterator[Node]:
    """The nodes in a value, through its lists."""
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, list):
            yield from inside(value)


def flat(values: list[Value]) -> Iterator[str]:
    """The words in a value, through its lists."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from flat(value)


def every(nodes: list[Node]) -> Iterator[Node]:
    """All nodes of a tree, without recursion: it is as deep as somebody wrote it."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.below())
