"""The database engineer that proves what it recommends."""

from pathlib import Path

__version__ = "0.1.0"

if not (Path(__file__).parent / "tools" / "__init__.py").is_file():
    raise ImportError(
        "this checkout has no symbolic links, so src/dbengineer/tools is a text file; "
        "clone again with: git clone -c core.symlinks=true"
    )
