"""Whether what a statement has resolved to does nothing but read: functions, operators, types, relations, policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dbengineer.tools.guard import nodes
from dbengineer.tools.guard.functions import functions
from dbengineer.tools.guard.grammar import SECRET_RELATIONS, listed
from dbengineer.tools.guard.inventory import FIRST
from dbengineer.tools.guard.nodes import Node

if TYPE_CHECKING:
    from dbengineer.tools.scratch.database import Database

# What a resolved SELECT may be made of.
KNOWN = listed("""
    AGGREF ALIAS ARRAYCOERCEEXPR ARRAYEXPR ARRAY BOOLEANTEST BOOLEXPR CASE CASEEXPR CASETESTEXPR CASEWHEN COALESCE
    COALESCEEXPR COERCETODOMAIN COERCETODOMAINVALUE COERCEVIAIO COLLATEEXPR COMMONTABLEEXPR CONST CONVERTROWTYPEEXPR
    CTECYCLECLAUSE CTESEARCHCLAUSE DISTINCTEXPR FIELDSELECT FROMEXPR FUNCEXPR GROUPINGFUNC GROUPINGSET JOINEXPR
    JSONBEHAVIOR JSONCONSTRUCTOREXPR JSONEXPR JSONFORMAT JSONISPREDICATE JSONRETURNING JSONTABLEPATH JSONTABLEPATHSCAN
    JSONTABLESIBLINGJOIN JSONVALUEEXPR MINMAXEXPR NAMEDARGEXPR NULLIFEXPR NULLTEST OPEXPR PARAM QUERY RANGETBLENTRY
    RANGETBLFUNCTION RANGETBLREF RELABELTYPE ROWCOMPAREEXPR ROW ROWEXPR RTEPERMISSIONINFO SCALARARRAYOPEXPR
    SETOPERATIONSTMT SETTODEFAULT SORTGROUPCLAUSE SQLVALUEFUNCTION SUBLINK SUBSCRIPTINGREF TABLEFUNC
    TABLESAMPLECLAUSE TARGETENTRY VAR WHEN WINDOWCLAUSE WINDOWFUNC WITHCHECKOPTION XMLEXPR
""")
FUNCTIONS = listed("aggfnoid endInRangeFunc funcid hashfuncid negfuncid opfuncid startInRangeFunc tsmhandler winfnoid")
OPERATORS = listed("cycle_mark_neop eqop opno opnos sortop")
TYPES = re.compile(r".*(type|types|typeid|typid)", re.IGNORECASE)
# These only hand values on; any other node may make a value of its type, so that a domain's checks run.
HANDING_ON = listed("""
    ARRAYEXPR CASE CASEEXPR CASETESTEXPR COALESCE COALESCEEXPR COMMONTABLEEXPR FIELDSELECT NULLTEST
    RANGETBLENTRY RELABELTYPE SETOPERATIONSTMT SUBSCRIPTINGREF VAR
""")
CALLS = listed("AGGREF DISTINCTEXPR FUNCEXPR NULLIFEXPR OPEXPR SCALARARRAYOPEXPR")
# Below these an argument can fold to a constant although a column is in it.
FOLDING = listed("BOOLEXPR CASE CASEEXPR COALESCE COALESCEEXPR MINMAXEXPR NULLIFEXPR NULLTEST")

EXTENSION = """(SELECT e.extname::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = '{}'::regclass AND d.objid = x.oid AND d.deptype = 'e')"""
FUNCTION = f"""
SELECT x.proname::text, n.nspname::text AS schema, l.lanname::text AS language, x.prokind::text AS kind,
       x.prosecdef, x.proconfig, x.prosrc, x.prosqlbody::text AS body, x.proargdefaults::text AS defaults,
       x.prosupport::oid::int8 AS support, x.oid::regprocedure::text AS title,
       {EXTENSION.format("pg_proc")} AS extension,
       EXISTS (SELECT FROM unnest(x.proargtypes::oid[] || x.prorettype) u
               WHERE u IN ('internal'::regtype, 'cstring'::regtype, 'tsm_handler'::regtype)) AS hidden,
       ARRAY(SELECT coalesce(x.proargnames[i], '')
             FROM generate_series(1, coalesce(cardinality(x.proallargtypes), x.pronargs)) i
             WHERE coalesce(x.proargmodes[i], 'i') IN ('i', 'b', 'v') ORDER BY i) AS names,
       ARRAY(SELECT format_type(t, NULL)
             FROM unnest(x.proargtypes::oid[]) WITH ORDINALITY u (t, i) ORDER BY i) AS types,
       ARRAY(SELECT f::int8 FROM pg_aggregate a, unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
               a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]) f
             WHERE a.aggfnoid = x.oid AND f <> 0) AS parts
FROM pg_proc x JOIN pg_namespace n ON n.oid = x.pronamespace JOIN pg_language l ON l.oid = x.prolang WHERE x.oid = %s
"""
OPERATOR = f"""
SELECT x.oprname::text AS name, x.oprcode::oid::int8 AS code, {EXTENSION.format("pg_operator")} AS extension
FROM pg_operator x WHERE x.oid = %s
"""
TYPE = f"""
SELECT x.oid::regtype::text AS title, x.typtype::text AS kind, x.typelem::int8 AS element, x.typbasetype::int8 AS base,
       x.typcategory::text AS category, x.typinput::oid::int8 AS reads, {EXTENSION.format("pg_type")} AS extension,
       ARRAY(SELECT f::int8 FROM unnest(ARRAY[x.typinput, x.typoutput, x.typreceive, x.typsend]::oid[]) f WHERE f <> 0)
         AS functions,
       ARRAY(SELECT a.atttypid::int8 FROM pg_attribute a
             WHERE a.attrelid = x.typrelid AND x.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       ARRAY(SELECT c.conbin::text FROM pg_constraint c WHERE c.contypid = x.oid AND c.conbin IS NOT NULL) AS checks,
       ARRAY(SELECT r.rngsubtype::int8 FROM pg_range r WHERE x.oid IN (r.rngtypid, r.rngmultitypid)) AS subtypes,
       ARRAY(SELECT f::int8 FROM pg_range r, unnest(ARRAY[r.rngcanonical, r.rngsubdiff]::oid[]) f
             WHERE x.oid IN (r.rngtypid, r.rngmultitypid) AND f <> 0) AS ranges,
       ARRAY(SELECT p.amproc::oid::int8 FROM pg_opclass o JOIN pg_amproc p ON p.amprocfamily = o.opcfamily
             WHERE o.opcintype = x.oid AND o.opcdefault) AS compares
FROM pg_type x WHERE x.oid = %s
"""
RELATION = f"""
SELECT x.oid::regclass::text AS title, x.relname::text AS name, x.relkind::text AS kind,
       ARRAY(SELECT t FROM pg_rewrite r, unnest(ARRAY[r.ev_action::text, r.ev_qual::text]) t
             WHERE r.ev_class = x.oid AND r.ev_type = '1' AND x.relkind = 'v') AS rules,
       ARRAY(SELECT p.polqual::text FROM pg_policy p
             WHERE p.polrelid = x.oid AND x.relrowsecurity AND p.polqual IS NOT NULL) AS policies,
       ARRAY(SELECT i.inhrelid::int8 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = x.oid AND c.relkind IN ('r', 'p', 'f')) AS children,
       ARRAY(SELECT d.adbin::text FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
             WHERE d.adrelid = x.oid AND a.attgenerated = 'v') AS virtual,
       ARRAY(SELECT t FROM (
         SELECT c.conbin::text FROM pg_constraint c WHERE c.conrelid = x.oid AND c.conbin IS NOT NULL
         UNION ALL SELECT u FROM pg_index i, unnest(ARRAY[i.indexprs::text, i.indpred::text]) u WHERE i.indrelid = x.oid
         UNION ALL SELECT s.stxexprs::text FROM pg_statistic_ext s WHERE s.stxrelid = x.oid
         UNION ALL SELECT k.partexprs::text FROM pg_partitioned_table k WHERE k.partrelid = x.oid
       ) AS trees (t) WHERE t IS NOT NULL) AS planned,
       ARRAY(SELECT DISTINCT p.amproc::oid::int8 FROM pg_index i, unnest(i.indclass::oid[]) c
             JOIN pg_opclass o ON o.oid = c JOIN pg_amproc p ON p.amprocfamily = o.opcfamily
             WHERE i.indrelid = x.oid AND o.oid >= {FIRST}) AS indexed
FROM pg_class x WHERE x.oid = %s
"""
AROUND = "read the tables without it"


class Harm(Exception):
    """What a statement resolved to is not known only to read: why, and what to do instead."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(why)
        self.why, self.instead = why, instead


class Walk:
    """Follows one resolved statement to everything that it would run; `seen` is harmless once `run` has ended."""

    def __init__(
        self,
        database: Database,
        missing: dict[str, frozenset[str]],
        harmless: Iterable[tuple[str, int]],
        body: Callable[[dict[str, Any]], str],
    ) -> None:
        self._database = database
        self._missing = missing
        self._body = body
        self.seen = set(harmless)
        self._waiting: list[tuple[str, int]] = []
        self._rules: dict[str, tuple[str, Callable[[dict[str, Any], int], None]]] = {
            "function": (FUNCTION, self._function),
            "operator": (OPERATOR, self._operator),
            "type": (TYPE, self._type),
            "made": (TYPE, self._made),
            "relation": (RELATION, self._relation),
        }

    def run(self) -> None:
        """Until nothing is left to look at; raises Harm."""
        while self._waiting:
            kind, oid = self._waiting.pop()
            query, rule = self._rules[kind]
            rows = self._database.query(query, (oid,))
            if not rows:
                raise Harm(f"it uses a {kind} that the copy of the schema does not have", AROUND)
            rule(rows[0], oid)

    def add(self, kind: str, *oids: int) -> None:
        """Something to look at, once."""
        for oid in oids:
            if oid and (kind, oid) not in self.seen:
                self.seen.add((kind, oid))
                self._waiting.append((kind, oid))

    def tree(self, text: str | None) -> None:
        """Everything in a tree that is run when it is."""
        for node in nodes.every(nodes.parse(text or "")):
            if node.kind not in KNOWN:
                raise Harm(f"it resolves to {node.kind}, which is not a known part of a read", AROUND)
            if node.kind == "QUERY" and node.words("commandType") != ["1"]:
                raise Harm("it reaches a statement that changes data", AROUND)
            for field, _ in node.fields:
                self._field(node, field)

    def _field(self, node: Node, field: str) -> None:
        if field in FUNCTIONS:
            self.add("function", *_oids(node, field))
        elif field in OPERATORS:
            self.add("operator", *_oids(node, field))
        elif field == "relid":
            self.add("relation", *_oids(node, field))
        elif TYPES.fullmatch(field):
            kind = "type" if node.kind in HANDING_ON else "made"
            self.add(kind, *(oid for oid in _oids(node, field) if oid >= FIRST))

    def planned(self, text: str) -> None:
        """A tree that is not run, but whose calls with constant arguments are, when a statement is planned."""
        for node in nodes.every(nodes.parse(text)):
            if node.kind in CALLS:
                called = [oid for field in ("funcid", "opfuncid", "aggfnoid") for oid in _oids(node, field)]
                called += [o["code"] for n in _oids(node, "opno") for o in self._database.query(OPERATOR, (n,))]
                self.add("function", *(oid for oid in called if oid >= FIRST and (_folds(node) or self._inlined(oid))))

    def _inlined(self, oid: int) -> bool:
        return any(row["language"] == "sql" for row in self._database.query(FUNCTION, (oid,)))

    def _lacks(self, kind: str, name: str) -> None:
        if name in self._missing.get(kind, ()):
            raise Harm(f"the copy of the schema lacks code of the target around the {kind} {name}", AROUND)

    def _function(self, row: dict[str, Any], oid: int) -> None:
        self._lacks("function", row["proname"])
        if oid < FIRST:
            return self._builtin(row)
        for default in filter(None, [row["defaults"]]):
            self.tree(default)
        if row["extension"]:
            return self._extended(row)
        if row["kind"] == "a":
            return self.add("function", *row["parts"])
        if row["language"] == "internal" and row["prosrc"] in functions().pg_catalog:
            return None
        return self._users(row)

    def _builtin(self, row: dict[str, Any]) -> None:
        known, name = functions(), row["proname"]
        if name in known.refused:
            raise Harm(f"it calls {name}(), which {known.refused[name]}", AROUND)
        if not row["hidden"] and not known.may_call(row["schema"], name, frozenset()):
            raise Harm(f"it calls {row['title']}, which is not on the list of those known only to read", AROUND)

    def _extended(self, row: dict[str, Any]) -> None:
        listed_names = functions().extensions.get(row["extension"], frozenset())
        if not row["hidden"] and row["proname"] not in listed_names:
            raise Harm(
                f"it calls {row['title']} of the extension {row['extension']}, which is not known only to read", AROUND
            )

    def _users(self, row: dict[str, Any]) -> None:
        """Only a SELECT in SQL can be looked through, and only where it runs with nobody else's rights."""
        path = _path(row["proconfig"])
        reasons = [
            (row["prosecdef"], "runs with the rights of its owner (SECURITY DEFINER)"),
            (row["language"] != "sql" or row["kind"] != "f", f"is code in {row['language']}, which may do anything"),
            (row["support"], "brings its own code to the planner"),
            (row["proconfig"] and path is None, "changes settings while it runs"),
        ]
        for is_so, why in reasons:
            if is_so:
                raise Harm(
                    f"it calls {row['title']}, which {why}",
                    f"{AROUND}; a function that is one SELECT in LANGUAGE sql can be looked through",
                )
        self.tree(row["body"] or self._body(row | {"path": path}))

    def _operator(self, row: dict[str, Any], oid: int) -> None:
        self._lacks("operator", row["name"])
        if row["extension"] and row["name"] in functions().extensions.get(row["extension"], frozenset()):
            return
        self.add("function", row["code"])

    def _type(self, row: dict[str, Any], oid: int, how: str = "type") -> None:
        """A type whose values are read: what writes them out and compares them."""
        if row["extension"] or row["kind"] == "p":
            return
        inner = [row["base"], *row["columns"], *row["subtypes"], row["element"] if row["category"] == "A" else 0]
        self.add(how, *(oid for oid in inner if oid >= FIRST))
        self.add("function", *row["ranges"], *row["compares"], *(row["functions"] if row["kind"] == "b" else []))

    def _made(self, row: dict[str, Any], oid: int) -> None:
        """A type of which the statement makes values: the checks of its domains as well."""
        self._lacks("type", row["title"])
        self._type(row, oid, "made")
        for check in row["checks"]:
            self.tree(check)

    def _relation(self, row: dict[str, Any], oid: int) -> None:
        if row["name"] in SECRET_RELATIONS:
            raise Harm(f"it reads {row['name']}, which holds secrets", "read pg_roles, pg_stats or pg_settings")
        if oid < FIRST:
            return
        self._lacks("relation", row["title"])
        if row["kind"] == "f":
            raise Harm(
                f"{row['title']} is a foreign table: reading it reaches another server or a file",
                "read that server itself, with a role of its own",
            )
        for text in (*row["rules"], *row["policies"], *row["virtual"]):
            self.tree(text)
        for text in row["planned"]:
            self.planned(text)
        self.add("relation", *row["children"])
        self.add("function", *row["indexed"])


def _oids(node: Node, field: str) -> list[int]:
    """The oids of a field; no object has one below 10, and enumerations are smaller than any type's."""
    return [int(word) for word in node.words(field) if word.isdigit() and int(word) >= 10]


def _path(settings: list[str] | None) -> str | None:
    """The search path that a function sets for itself, where that is all it sets."""
    if settings and len(settings) == 1 and settings[0].startswith("search_path="):
        return settings[0].partition("=")[2]
    return None


def _folds(call: Node) -> bool:
    """Whether the planner may make a constant of a call: no argument is a column for certain."""
    waiting, columns = list(call.below()), False
    while waiting:
        node = waiting.pop()
        if node.kind == "CONST" and node.words("constisnull") == ["true"]:
            return True
        columns = columns or node.kind == "VAR"
        if node.kind not in FOLDING:
            waiting.extend(node.below())
    return not columns
