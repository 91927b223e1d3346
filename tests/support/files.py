"""What lies on the disk, for comparing."""

import re
from pathlib import Path


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its place; locks are nobody's content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.name.endswith(".lock")
        and not re.search(r"\.(lease|wish)-", path.name)
    }
