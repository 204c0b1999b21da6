"""Other parameters for the statements of TPC-H, from the ranges of its specification (sections 2.4.1 to 2.4.22)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

from dbengineer.evals.indexes import tpch
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.workload import Statement

NATIONS = {
    "AFRICA": ("ALGERIA", "ETHIOPIA", "KENYA", "MOROCCO", "MOZAMBIQUE"),
    "AMERICA": ("ARGENTINA", "BRAZIL", "CANADA", "PERU", "UNITED STATES"),
    "ASIA": ("INDIA", "INDONESIA", "JAPAN", "CHINA", "VIETNAM"),
    "EUROPE": ("FRANCE", "GERMANY", "ROMANIA", "RUSSIA", "UNITED KINGDOM"),
    "MIDDLE EAST": ("EGYPT", "IRAN", "IRAQ", "JORDAN", "SAUDI ARABIA"),
}
SEGMENTS = ("AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD")
MODES = ("REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB")
SIZES = ("STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO")
FINISHES = ("ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED")
METALS = ("TIN", "NICKEL", "BRASS", "STEEL", "COPPER")
COLOURS: tuple[str, ...] = (
    "almond",
    "azure",
    "beige",
    "blue",
    "brown",
    "coral",
    "cyan",
    "forest",
    "green",
    "ivory",
    "khaki",
    "lime",
)
COLOURS += ("magenta", "navy", "olive", "orange", "peach", "plum", "red", "rose", "salmon", "sienna", "tan", "wheat")
WORDS = (("special", "pending", "unusual", "express"), ("packages", "requests", "accounts", "deposits"))
Replaced = Mapping[str, str]


def statements(seed: int) -> list[Statement]:
    """The statements of TPC-H with parameters of their own; the same for the same seed."""
    rng, names = random.Random(seed), tpch.names()
    return [workload.unknown(_filled(s.text, _drawn(names[s.fingerprint], rng))) for s in tpch.statements()]


def _filled(text: str, values: Replaced) -> str:
    """Puts in all values at once, so that none is taken for one that was there."""
    if not values:
        return text
    wanted = re.compile("|".join(map(re.escape, sorted(values, key=len, reverse=True))))
    missing = [old for old in values if old not in text]
    assert not missing, f"the statement has no {missing}"
    return wanted.sub(lambda found: values[found[0]], text)


def _drawn(name: str, rng: random.Random) -> Replaced:
    return DRAWN[name](rng)


def _month(rng: random.Random, first: int, last: int) -> str:
    """A first of a month, both ends counted in months since the year 0."""
    at = rng.randint(first, last)
    return f"'{at // 12}-{at % 12 + 1:02}-01'"


def _months(year: int, month: int) -> int:
    return year * 12 + month - 1


def _nation(rng: random.Random) -> str:
    return rng.choice([n for nations in NATIONS.values() for n in nations])


def _brand(rng: random.Random) -> str:
    return f"Brand#{rng.randint(1, 5)}{rng.randint(1, 5)}"


def _q3(rng: random.Random) -> Replaced:
    return {"'BUILDING'": f"'{rng.choice(SEGMENTS)}'", "'1995-03-15'": f"'1995-03-{rng.randint(1, 31):02}'"}


def _q6(rng: random.Random) -> Replaced:
    values = {"1994-01-01": f"{rng.randint(1993, 1997)}-01-01", "< 24": f"< {rng.randint(24, 25)}"}
    return values | {"0.06 ": f"0.0{rng.randint(2, 9)} "}


def _q7(rng: random.Random) -> Replaced:
    every = [n for nations in NATIONS.values() for n in nations]
    one, other = rng.sample(every, 2)
    return {"FRANCE": one, "GERMANY": other}


def _q8(rng: random.Random) -> Replaced:
    region = rng.choice(sorted(NATIONS))
    type_ = f"{rng.choice(SIZES)} {rng.choice(FINISHES)} {rng.choice(METALS)}"
    return {"AMERICA": region, "BRAZIL": rng.choice(NATIONS[region]), "ECONOMY ANODIZED STEEL": type_}


def _q12(rng: random.Random) -> Replaced:
    one, other = rng.sample(MODES, 2)
    return {"'MAIL'": f"'{one}'", "'SHIP'": f"'{other}'", "1994-01-01": f"{rng.randint(1993, 1997)}-01-01"}


def _q16(rng: random.Random) -> Replaced:
    sizes = ", ".join(map(str, rng.sample(range(1, 51), 8)))
    type_ = f"{rng.choice(SIZES)} {rng.choice(FINISHES)}"
    return {"Brand#45": _brand(rng), "MEDIUM POLISHED": type_, "49, 14, 23, 45, 19, 3, 36, 9": sizes}


def _q19(rng: random.Random) -> Replaced:
    values: dict[str, str] = {}
    for brand, low in (("12", 1), ("23", 10), ("34", 20)):
        quantity = rng.randint(low, low + 10 if low > 1 else 10)
        values |= {f"Brand#{brand}": _brand(rng), f">= {low} AND": f">= {quantity} AND"}
        values |= {f"<= {low + 10} AND": f"<= {quantity + 10} AND"}
    return values


def _q22(rng: random.Random) -> Replaced:
    codes = ", ".join(f"'{code}'" for code in rng.sample(range(10, 35), 7))
    return {"'13', '31', '23', '29', '30', '18', '17'": codes}


DRAWN: Mapping[str, Callable[[random.Random], Replaced]] = {
    "q1": lambda rng: {"90 days": f"{rng.randint(60, 120)} days"},
    "q3": _q3,
    "q4": lambda rng: {"'1993-07-01'": _month(rng, _months(1993, 1), _months(1997, 10))},
    "q5": lambda rng: {"ASIA": rng.choice(sorted(NATIONS)), "1994-01-01": f"{rng.randint(1993, 1997)}-01-01"},
    "q6": _q6,
    "q7": _q7,
    "q8": _q8,
    "q9": lambda rng: {"green": rng.choice(COLOURS)},
    "q10": lambda rng: {"'1993-10-01'": _month(rng, _months(1993, 2), _months(1995, 1))},
    "q11": lambda rng: {"GERMANY": _nation(rng)},
    "q12": _q12,
    "q13": lambda rng: {"special": rng.choice(WORDS[0]), "requests": rng.choice(WORDS[1])},
    "q14": lambda rng: {"'1995-09-01'": _month(rng, _months(1993, 1), _months(1997, 12))},
    "q15": lambda rng: {"'1996-01-01'": _month(rng, _months(1993, 1), _months(1997, 10))},
    "q16": _q16,
    "q18": lambda rng: {"> 300": f"> {rng.randint(312, 315)}"},
    "q19": _q19,
    "q21": lambda rng: {"SAUDI ARABIA": _nation(rng)},
    "q22": _q22,
}
