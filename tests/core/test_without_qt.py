"""The core stands without the viewer: each of its modules loads where Qt cannot be imported."""

import subprocess
import sys

LOAD = """
import importlib, pkgutil, sys
for package in ("PySide6", "shiboken6", "pyqtgraph", "thalia_viewer"):
    sys.modules[package] = None  # importing it raises ImportError
import thalia_core
names = [module.name for module in pkgutil.walk_packages(thalia_core.__path__, "thalia_core.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""


def test_every_module_of_the_core_loads_where_there_is_no_qt():
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
