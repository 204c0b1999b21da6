"""What a read may be made of, in the words of PostgreSQL's own grammar, and why the rest is refused."""

from __future__ import annotations


def listed(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


# Parse nodes without a meaning of their own: names, constants, lists.
PLAIN = """
    A_ArrayExpr A_Const A_Indices A_Star Alias BitString Boolean Float Integer List Node ParamRef RawStmt String
"""
# Clauses of a SELECT.
CLAUSES = """
    CTECycleClause CTESearchClause ColumnDef CommonTableExpr GroupingSet JoinExpr RangeFunction RangeSubselect
    RangeTableFunc RangeTableFuncCol RangeTableSample RangeVar ResTarget SelectStmt SortBy WindowDef WithClause
"""
EXPRESSIONS = """
    A_Expr A_Indirection BoolExpr BooleanTest CaseExpr CaseWhen CoalesceExpr CollateClause ColumnRef FuncCall
    GroupingFunc MinMaxExpr NamedArgExpr NullTest RowExpr SQLValueFunction SubLink TypeCast TypeName XmlExpr
    XmlSerialize
"""
JSON = """
    JsonAggConstructor JsonArgument JsonArrayAgg JsonArrayConstructor JsonArrayQueryConstructor JsonBehavior JsonFormat
    JsonFuncExpr JsonIsPredicate JsonKeyValue JsonObjectAgg JsonObjectConstructor JsonOutput JsonParseExpr JsonReturning
    JsonScalarExpr JsonSerializeExpr JsonTable JsonTableColumn JsonTablePathSpec JsonValueExpr
"""
KNOWN = listed(f"{PLAIN} {CLAUSES} {EXPRESSIONS} {JSON}")

EXPLAIN_OPTIONS = listed(
    "analyze buffers costs format generic_plan memory serialize settings summary timing verbose wal"
)
SAMPLE_METHODS = listed("bernoulli system system_rows system_time")

# Relations of the catalog that hold secrets, rows of users or the server's files.
SECRET_RELATIONS = listed("""
    pg_authid pg_file_settings pg_hba_file_rules pg_ident_file_mappings pg_largeobject pg_shadow pg_statistic
    pg_statistic_ext_data pg_user_mapping
    """)
SECRET_COLUMNS = frozenset({"rolpassword", "subconninfo", "umoptions"})

# Functions whose result is as long as an argument says: a constant may ask for this much (characters or elements).
SIZED_FUNCTIONS = listed("array_fill lpad repeat rpad")
LONGEST_RESULT = 1_000_000

WRITE = ("it changes data", "read with SELECT; propose the change as a recommendation")
DEFINE = ("it changes the schema", "propose it as a recommendation, which is tried in scratch first")
SESSION = ("it changes the session or the transaction", "send one SELECT, EXPLAIN or SHOW and nothing around it")
RUN = ("it runs code that cannot be seen from the statement", "write the SELECT out")
LOCK = ("it locks rows or tables of a live database", "read without locking")

WORDS: dict[str, tuple[str, str]] = {
    "InsertStmt": WRITE,
    "UpdateStmt": WRITE,
    "DeleteStmt": WRITE,
    "MergeStmt": WRITE,
    "TruncateStmt": WRITE,
    "IntoClause": ("SELECT INTO makes a table", "leave INTO out"),
    "CreateTableAsStmt": ("it makes a table", "send the SELECT alone"),
    "LockingClause": LOCK,
    "LockStmt": LOCK,
    "CopyStmt": ("COPY moves rows around the row limit, or files of the server", "read with SELECT and a LIMIT"),
    "TransactionStmt": SESSION,
    "VariableSetStmt": SESSION,
    "DiscardStmt": SESSION,
    "ConstraintsSetStmt": SESSION,
    "DeclareCursorStmt": SESSION,
    "FetchStmt": SESSION,
    "ClosePortalStmt": SESSION,
    "DeallocateStmt": SESSION,
    "ListenStmt": SESSION,
    "UnlistenStmt": SESSION,
    "NotifyStmt": ("it sends a message to other sessions", "read with SELECT"),
    "PrepareStmt": RUN,
    "ExecuteStmt": RUN,
    "DoStmt": RUN,
    "CallStmt": RUN,
    "LoadStmt": RUN,
    "VacuumStmt": ("it does maintenance on a live database", "propose it as a recommendation"),
    "ClusterStmt": ("it rewrites a table of a live database", "propose it as a recommendation"),
    "ReindexStmt": ("it rebuilds indexes of a live database", "propose it as a recommendation"),
    "CheckPointStmt": ("it makes the server write", "read with SELECT"),
    "AlterSystemStmt": ("it changes the server's settings", "propose the setting as a recommendation"),
    "ExplainStmt": ("EXPLAIN inside another statement", "send EXPLAIN on its own"),
    "VariableShowStmt": ("SHOW inside another statement", "use current_setting('name')"),
}


def words(node: str) -> tuple[str, str]:
    """Why a parse node is not part of a read, and what to do instead."""
    if node in WORDS:
        return WORDS[node]
    if node.startswith(("Create", "Alter", "Drop", "Grant", "Define", "Rename")) or node in ("IndexStmt", "ViewStmt"):
        return DEFINE
    return (f"{node} is not a known part of a read", "send one SELECT, VALUES, TABLE, EXPLAIN of a SELECT, or SHOW")
