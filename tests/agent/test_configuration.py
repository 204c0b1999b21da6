"""The server's configuration: databases by name, secrets by reference, mistakes named with what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbengineer.agent import configuration
from dbengineer.agent.configuration import Configuration
from dbengineer.agent.settings import Settings, SettingsError

SHOP = "postgresql://reader:hunter2@db.example.com/shop?sslmode=verify-full"
VARIABLES = {
    "SHOP_URL": SHOP,
    "TODO_URL": "host=localhost dbname=todo",
    "CI_KEY": "key-of-ci",
    "ANNA_KEY": "key-of-anna",
}
WHOLE = """
[databases.shop]
url = "${SHOP_URL}"
[databases.todo]
url = "postgresql://reader@localhost/todo"
rows = "copy"
[keys.ci]
secret = "${CI_KEY}"
databases = ["shop"]
[keys.anna]
secret = "${ANNA_KEY}"
roles = ["read", "approve"]
"""


def read(tmp_path: Path, text: str, **settings: str) -> Configuration:
    """What a file holds."""
    path = tmp_path / "dbengineer.toml"
    path.write_text(text)
    return configuration.read(Settings.model_validate({"config": path, **settings}), VARIABLES)


def test_databases_and_keys_have_names(tmp_path: Path) -> None:
    held = read(tmp_path, WHOLE)
    assert held.databases["shop"].url.get_secret_value() == SHOP
    assert held.databases["todo"].options.rows == "copy"
    assert held.keys["ci"].roles == ("read",)
    assert (held.keys["ci"].reaches("shop"), held.keys["ci"].reaches("todo")) == (True, False)
    assert held.keys["anna"].reaches("todo")
    assert "hunter2" not in repr(held)
    assert "key-of" not in repr(held)


def test_databases_are_named_in_the_environment_alone() -> None:
    held = configuration.read(Settings(databases="shop=SHOP_URL, todo=TODO_URL"), VARIABLES)
    assert list(held.databases) == ["shop", "todo"]
    assert held.first == ""


def test_one_address_is_the_default_database() -> None:
    held = configuration.read(Settings.model_validate({"url": SHOP, "server_key": "k"}), {})
    assert held.first == "default"
    assert held.keys["server"].roles == ("read", "approve")


def test_a_database_in_the_environment_is_never_its_address() -> None:
    with pytest.raises(SettingsError, match="not addresses: write shop=SHOP_URL") as refused:
        configuration.read(Settings(databases=f"shop={SHOP}"), VARIABLES)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WHOLE.replace("rows =", "row ="), r"databases\.todo\.row is not known; did you mean rows\?"),
        ("[database.shop]\nurl = '${SHOP_URL}'", r"database is not known; did you mean databases\?"),
        (WHOLE.replace("databases = [", "database = ["), r"keys\.ci\.database is not known; did you mean databases"),
        ("[slack.channels.C1]\ndatabase='shop'\nrow=true", r"slack\.channels\.C1\.row is not known; did you mean rows"),
        (WHOLE.replace('["shop"]', '["shpo"]'), r"there is no database 'shpo'; did you mean shop\?"),
        (WHOLE.replace('"${CI_KEY}"', '"hunter2"'), r"keys\.ci\.secret holds a secret.*secret = .\$\{NAME"),
        (WHOLE.replace('"${SHOP_URL}"', f'"{SHOP}"'), r"databases\.shop\.url holds a secret.*\$\{NAME"),
        (WHOLE.replace("SHOP_URL", "SHOP_UR"), "names the variable SHOP_UR, which is not set"),
        (WHOLE.replace("ANNA_KEY", "CI_KEY"), "two of them have the same secret"),
        (WHOLE.replace('"approve"', '"admin"'), r"keys\.anna\.roles\.1: Input should be 'read' or 'approve'"),
        (WHOLE.replace("[databases.shop]", "[databases.'Shop 1']"), "write a name of small letters"),
        ("secret = hunter2", "is not TOML"),
        ("[limits]\nchats_at_once = 0", r"limits\.chats_at_once: Input should be greater"),
        ("databases = 'hunter2'", "databases: Input should be a valid dictionary"),
    ],
)
def test_a_mistake_is_refused_with_what_is_right(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        read(tmp_path, text)
    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DBENGINEER_CONFIG: .*nothing.toml: No such file"):
        configuration.read(Settings(config=tmp_path / "nothing.toml"), {})
