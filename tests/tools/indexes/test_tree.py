"""The lazy tree knows the cost of every set from few questions, and the program picks the best set by it."""

from __future__ import annotations

import itertools
from collections.abc import Hashable

import pytest

from dbengineer.tools.indexes import master
from dbengineer.tools.indexes.master import Option, Relaxed, Rules
from dbengineer.tools.indexes.measured import Measured
from dbengineer.tools.indexes.relaxing import explore, rounded
from dbengineer.tools.indexes.search import Best, Effort, search
from dbengineer.tools.indexes.tree import Answer, Names, Tree

PLANS = {
    "by owner and state": (frozenset({"owner_state"}), 20.0),
    "by owner": (frozenset({"owner"}), 60.0),
    "by both": (frozenset({"owner", "state"}), 50.0),
    "by due": (frozenset({"due"}), 80.0),
    "by reading all": (frozenset[str](), 100.0),
}
POOL = frozenset({"owner_state", "owner", "state", "due", "title"})
SIZES = {"owner_state": 50, "owner": 20, "state": 20, "due": 10, "title": 30}
OTHER = {"by title": (frozenset({"title"}), 10.0), "by reading all": (frozenset[str](), 200.0)}


class Planner:
    """A planner that knows a few plans and takes the cheapest one that it can."""

    def __init__(self, plans: dict[str, tuple[Names, float]]) -> None:
        self.plans = plans
        self.calls = 0

    def best(self, available: Names) -> tuple[str, Names, float]:
        name, (used, cost) = min(
            ((n, p) for n, p in self.plans.items() if p[0] <= available), key=lambda found: found[1][1]
        )
        return name, used, cost

    def __call__(self, available: Names) -> Answer:
        self.calls += 1
        _, used, cost = self.best(available)
        return Answer(available, used, cost)


def subsets() -> list[Names]:
    return [frozenset(some) for size in range(6) for some in itertools.combinations(sorted(POOL), size)]


def order(name: str) -> float:
    return -float(SIZES[name])


def test_every_set_has_its_cost_and_no_leaf_promises_more_than_there_is() -> None:
    planner = Planner(PLANS)
    tree = Tree(planner, POOL, order)
    for chosen in subsets():
        possible = [way.cost for way in tree.ways() if way.held <= chosen and not way.missing & chosen]
        assert min(possible) <= planner.best(chosen)[2]
    for _ in range(5):
        for chosen in subsets():
            tree.learn(chosen)
    assert all(tree.at_most(chosen) == planner.best(chosen)[2] for chosen in subsets())
    assert planner.calls < len(subsets()) / 2


def chosen_within(budget: int, **rules: object) -> tuple[Best, int]:
    planners = [Planner(PLANS), Planner(OTHER)]
    trees = [(1.0, Tree(planner, POOL, order)) for planner in planners]
    options = [Option(name=name, table="tasks", bytes=size << 20, price=0.001) for name, size in SIZES.items()]
    given = Rules.model_validate({"budget": budget << 20, **rules})
    best = search(trees, options, given, effort=Effort(gap=1e-6), calls=lambda: sum(p.calls for p in planners))
    return best, sum(p.calls for p in planners)


@pytest.mark.parametrize("budget", [0, 10, 20, 30, 40, 50, 60, 80, 130])
def test_the_set_found_is_the_best_of_all_and_the_bound_says_so(budget: int) -> None:
    best, _ = chosen_within(budget)
    fitting = [s for s in subsets() if sum(SIZES[name] for name in s) <= budget]
    values = [Planner(PLANS).best(s)[2] + Planner(OTHER).best(s)[2] + 0.001 * len(s) for s in fitting]
    assert best.value == pytest.approx(min(values))
    assert best.bound == pytest.approx(best.value, rel=1e-5)
    assert sum(SIZES[name] for name in best.chosen) <= budget


def test_no_more_on_a_table_than_the_user_wants() -> None:
    best, _ = chosen_within(130, at_most={"tasks": 1})
    assert best.chosen == {"title"}


def test_what_may_not_go_without_another_stays() -> None:
    best, _ = chosen_within(130, needs={"due": ("state",)})
    assert best.chosen & {"due", "state"}


def test_it_answers_at_any_time_with_a_bound() -> None:
    planner = Planner(PLANS)
    trees = [(1.0, Tree(planner, POOL, order))]
    options = [Option(name=name, table="tasks", bytes=size, price=0.001) for name, size in SIZES.items()]
    best = search(trees, options, Rules(budget=45), effort=Effort(calls=1), calls=lambda: planner.calls)
    assert best.bound <= 50 <= best.value <= 100


@pytest.mark.parametrize("effort", [Effort(calls=1), Effort(seconds=0)])
@pytest.mark.parametrize("budget", [10, 30, 50, 80])
def test_without_time_for_questions_it_is_the_best_set_by_what_is_known(budget: int, effort: Effort) -> None:
    planners = [Planner(PLANS), Planner(OTHER)]
    trees = [(1.0, Tree(planner, POOL, order)) for planner in planners]
    options = [Option(name=name, table="tasks", bytes=size << 20) for name, size in SIZES.items()]
    best = search(trees, options, Rules(budget=budget << 20), effort=effort, calls=lambda: 1)
    fitting = [s for s in subsets() if sum(SIZES[name] for name in s) <= budget]
    assert best.value == pytest.approx(min(sum(tree.at_most(s) for _, tree in trees) for s in fitting))


def test_by_time_a_set_is_worth_what_the_plan_takes_that_the_planner_picks() -> None:
    planner = Planner(PLANS)
    took = {"by owner and state": 300.0, "by owner": 40.0, "by both": 90.0, "by due": 70.0, "by reading all": 100.0}
    ran: list[Hashable] = []

    def explain(chosen: Names) -> tuple[Answer, Hashable]:
        return planner(chosen), planner.best(chosen)[0]

    def run(chosen: Names) -> float:
        ran.append(planner.best(chosen)[0])
        return took[planner.best(chosen)[0]]

    tree = Measured(explain, run, POOL, order)
    options = [Option(name=name, table="tasks", bytes=size, price=0.001) for name, size in SIZES.items()]
    best = search([(1.0, tree)], options, Rules(budget=200), effort=Effort(), calls=lambda: planner.calls)
    assert best.chosen == {"owner"}
    assert len(ran) == len(set(ran)), "no plan is run twice"


def room(held: Names, available: Names) -> Names | None:
    left = 50 - sum(SIZES[name] for name in held)
    return held | {name for name in available if SIZES[name] <= left} if left >= 0 else None


def test_what_has_no_room_is_never_asked_about() -> None:
    asked: list[Names] = []
    planner = Planner(PLANS)

    def ask(available: Names) -> Answer:
        asked.append(available)
        return planner(available)

    tree = Tree(ask, POOL, order, lambda held, available: room(held | {"title"}, available | {"title"}))
    for chosen in subsets():
        tree.learn(chosen)
    assert not any("owner_state" in available for available in asked)


def test_the_relaxed_program_asks_until_it_rests_on_nothing_unknown() -> None:
    planners = [Planner(PLANS), Planner(OTHER)]
    trees = [(1.0, Tree(planner, POOL, order, room)) for planner in planners]
    options = [Option(name=name, table="tasks", bytes=size << 20, price=0.001) for name, size in SIZES.items()]
    rules = Rules(budget=50 << 20)
    before = master.relaxed(trees, options, rules).bound
    explore(trees, options, rules, gap=1e-6, until=float("inf"), enough=lambda: False)
    bound = master.relaxed(trees, options, rules).bound
    fitting = [s for s in subsets() if sum(SIZES[name] for name in s) <= 50]
    best = min(Planner(PLANS).best(s)[2] + Planner(OTHER).best(s)[2] + 0.001 * len(s) for s in fitting)
    assert before < bound <= best


def test_a_relaxed_choice_that_is_rounded_keeps_to_the_rules() -> None:
    options = [Option(name=name, table="tasks", bytes=size) for name, size in SIZES.items()]
    relaxed = Relaxed(shares=dict.fromkeys(SIZES, 0.5) | {"due": 0.9}, taken=(), bound=0.0)
    assert sum(SIZES[name] for name in rounded(relaxed, options, Rules(budget=65))) <= 65
    assert rounded(relaxed, options, Rules(at_most={"tasks": 1})) == {"due"}
