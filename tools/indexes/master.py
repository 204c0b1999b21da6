"""The master program: the cheapest set of indexes by all that the trees know, and what no set can go below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.tree import Names, Way

SECONDS, LEAST_SECONDS, INFINITE, TOUCHED = 10.0, 0.1, float("inf"), 0.02


class Takeable(Protocol):
    """What a program asks of one statement."""

    def ways(self) -> list[Way]:
        """What may be taken for it."""


class Statement(Takeable, Protocol):
    """What a search asks of one statement: `Tree` by the planner's cost, or another measure."""

    size: int

    def known(self) -> list[Way]:
        """What of it is known, without promises."""

    def at_most(self, chosen: Names) -> float:
        """What it is known to be worth with a set."""

    def doubt(self, chosen: Names) -> float:
        """How much less than known it may be worth with a set."""

    def learn(self, chosen: Names) -> None:
        """Finds out more about a set."""


class Sure:
    """A statement of which only what is known may be taken."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement

    def ways(self) -> list[Way]:
        """What is known."""
        return self._statement.known()


class Option(Fact):
    """One index that the program may choose.

    `bytes` count against the budget; `price` is what having it costs, in the program's units (writes, attention).
    """

    name: str
    table: str
    bytes: int
    price: float = 0.0


class Rules(Fact):
    """What a choice has to keep to.

    `budget` in bytes; `at_most` indexes of a table; `needs`: an option may be left out only where one of these is
    chosen; `beside`: at most one of each group.
    """

    budget: int | None = None
    at_most: dict[str, int] = {}
    needs: dict[str, tuple[str, ...]] = {}
    beside: tuple[tuple[str, ...], ...] = ()


class Choice(Fact):
    """What the program chose, nothing unless `found` in its time, and the bound below which it proved that no choice
    can be."""

    chosen: frozenset[str]
    bound: float
    found: bool = True


class Relaxed(Fact):
    """What the program would choose in shares (0 to 1): of each option, and of the ways of each statement."""

    shares: dict[str, float]
    taken: tuple[tuple[tuple[float, Way], ...], ...]
    bound: float


class _Program:
    """A mixed-integer program as lists, row by row."""

    def __init__(self) -> None:
        self.costs: list[float] = []
        self.integral: list[bool] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.starts: list[int] = [0]
        self.index: list[int] = []
        self.value: list[float] = []

    def column(self, cost: float, *, integral: bool = False) -> int:
        self.costs.append(cost)
        self.integral.append(integral)
        return len(self.costs) - 1

    def row(self, terms: Mapping[int, float], lower: float, upper: float) -> None:
        self.index += terms.keys()
        self.value += terms.values()
        self.starts.append(len(self.index))
        self.lower.append(lower)
        self.upper.append(upper)


def solve(
    trees: Sequence[tuple[float, Takeable]],
    options: Sequence[Option],
    rules: Rules,
    *,
    gap: float,
    seconds: float = SECONDS,
) -> Choice:
    """The best choice for weighted trees: exact costs where plans are known, lower bounds where they are not.

    HiGHS solves it to within a relative gap, in so many seconds and ten at most.
    """
    program, columns, _ = _stated(trees, options, rules, integral=True)
    values, bound = _solved(program, gap, seconds)
    chosen = frozenset(name for name, at in columns.items() if values and values[at] > 0.5)
    return Choice(chosen=chosen, bound=bound, found=bool(values))


def relaxed(
    trees: Sequence[tuple[float, Statement]], options: Sequence[Option], rules: Rules, *, seconds: float = SECONDS
) -> Relaxed | None:
    """The best choice where an index and a way may be taken in part, which is a bound for the best whole one; none
    where it is not found in time."""
    program, columns, ways = _stated(trees, options, rules, integral=False)
    values, bound = _solved(program, 0.0, seconds)
    if not values:
        return None
    taken = tuple(tuple((values[at], way) for at, way in own if values[at] > TOUCHED) for own in ways)
    return Relaxed(shares={name: values[at] for name, at in columns.items()}, taken=taken, bound=bound)


def _stated(
    trees: Sequence[tuple[float, Takeable]], options: Sequence[Option], rules: Rules, *, integral: bool
) -> tuple[_Program, dict[str, int], list[list[tuple[int, Way]]]]:
    program = _Program()
    columns = {option.name: program.column(option.price, integral=integral) for option in options}
    ways = [_add(program, columns, weight, tree) for weight, tree in trees]
    _restrict(program, columns, options, rules)
    return program, columns, ways


def _add(program: _Program, columns: Mapping[str, int], weight: float, tree: Takeable) -> list[tuple[int, Way]]:
    """A statement takes one known plan, whose indexes have to be there, or one leaf, whose missing ones must not."""
    ways = []
    wanting: dict[str, dict[int, float]] = defaultdict(dict)
    lacking: dict[str, dict[int, float]] = defaultdict(dict)
    taken: dict[int, float] = {}
    for way in tree.ways():
        at = program.column(weight * way.cost)
        ways.append((at, way))
        taken[at] = 1.0
        for name in way.held:
            wanting[name][at] = 1.0
        for name in way.missing:
            lacking[name][at] = 1.0
    program.row(taken, 1.0, 1.0)
    for name, terms in wanting.items():
        program.row({**terms, columns[name]: -1.0}, -INFINITE, 0.0)
    for name, terms in lacking.items():
        program.row({**terms, columns[name]: 1.0}, -INFINITE, 1.0)
    return ways


def _restrict(program: _Program, columns: Mapping[str, int], options: Sequence[Option], rules: Rules) -> None:
    if rules.budget is not None:
        # In megabytes: figures of very different size make a solver inexact.
        program.row({columns[o.name]: o.bytes / 2**20 for o in options if o.bytes}, -INFINITE, rules.budget / 2**20)
    for table, most in rules.at_most.items():
        program.row({columns[o.name]: 1.0 for o in options if o.table == table}, -INFINITE, float(most))
    for name, others in rules.needs.items():
        program.row({columns[n]: 1.0 for n in (name, *others) if n in columns}, 1.0, INFINITE)
    for group in rules.beside:
        program.row({columns[n]: 1.0 for n in group if n in columns}, -INFINITE, 1.0)


def _solved(program: _Program, gap: float, seconds: float) -> tuple[Sequence[float], float]:
    """The values of the columns, none where nothing was found in time, and what no solution is below."""
    import highspy

    library: Any = highspy
    # Highs itself prints a banner to standard output before it can be told not to; its base does not.
    solver = library.Highs.__base__()
    quiet = (("log_to_console", False), ("output_flag", False))
    limit = ("time_limit", max(min(seconds, SECONDS), LEAST_SECONDS))
    # Programs of this kind and size are solved in half the time without presolving.
    for option, value in (*quiet, ("threads", 1), ("presolve", "off"), ("mip_rel_gap", gap), limit):
        solver.setOptionValue(option, value)
    solver.passModel(_model(library, program))
    solver.run()
    info, feasible = solver.getInfo(), library.SolutionStatus.kSolutionStatusFeasible
    values = solver.getSolution().col_value if info.primal_solution_status == feasible else ()
    if any(program.integral):
        return values, max(float(info.mip_dual_bound), 0.0)
    done = solver.getModelStatus() == library.HighsModelStatus.kOptimal
    return (values, float(info.objective_function_value)) if done else ((), 0.0)


def _model(highspy: Any, program: _Program) -> Any:
    import numpy

    size = len(program.costs)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = size, len(program.lower)
    model.col_cost_ = numpy.array(program.costs)
    model.col_lower_, model.col_upper_ = numpy.zeros(size), numpy.ones(size)
    model.row_lower_, model.row_upper_ = numpy.array(program.lower), numpy.array(program.upper)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = numpy.array(program.starts)
    model.a_matrix_.index_ = numpy.array(program.index)
    model.a_matrix_.value_ = numpy.array(program.value)
    kinds = highspy.HighsVarType
    model.integrality_ = [kinds.kInteger if integral else kinds.kContinuous for integral in program.integral]
    return model
