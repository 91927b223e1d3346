"""``python -m thalia_core`` is ``thalia``."""

import sys

from thalia_core.cli import main

sys.exit(main())
