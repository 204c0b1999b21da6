"""Plans and statements without their constants, for readers who may not see rows."""

from __future__ import annotations

from dbengineer.tools.plans.read import Node, Plan

CONSTANTS = {"SCONST", "USCONST", "BCONST", "XCONST", "ICONST", "FCONST"}
MASK = "?"


def without_literals(plan: Plan) -> Plan:
    """The same plan with every constant of its conditions masked."""
    return plan.model_copy(update={"root": _masked(plan.root)})


def _masked(node: Node) -> Node:
    conditions = {key: masked(text) for key, text in node.conditions.items()}
    return node.model_copy(update={"conditions": conditions, "children": tuple(map(_masked, node.children))})


def masked(text: str) -> str:
    """A piece of SQL with `?` for every constant; what cannot be read as SQL is masked as a whole."""
    import postgast

    try:
        tokens = postgast.scan(text).tokens
    except postgast.PgQueryError:
        return MASK
    raw, kept, at = text.encode(), [], 0
    for token in tokens:
        if _is_constant(token.token):
            kept += [raw[at : token.start], MASK.encode()]
            at = token.end
    return b"".join([*kept, raw[at:]]).decode()


def _is_constant(token: int) -> bool:
    import postgast

    return postgast.pg_query_pb2.Token.Name(token) in CONSTANTS
