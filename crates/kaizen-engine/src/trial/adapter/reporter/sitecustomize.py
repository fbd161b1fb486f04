"""Puts the judge's reporter into any Python process that runs unittest, however the command reaches it.

The interpreter imports this file at start because its directory leads PYTHONPATH. It only installs an
import hook: nothing is loaded until a part of unittest is imported. A sitecustomize further down the path
still runs. Without settings addressed to unittest, or to the profiler, it does nothing else.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WATCHED = ("unittest.case", "unittest.suite", "unittest.runner")


def load(name, path):
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def watch(module):
    if "kaizen_unittest" not in sys.modules:
        for name in ("kaizen_report", "kaizen_unittest"):
            load(name, os.path.join(HERE, name + ".py"))
    sys.modules["kaizen_unittest"].watch(module)


class Hook:
    """Finds the watched modules like everybody else does, and watches them once they are executed."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in WATCHED:
            return None
        finders = (finder for finder in sys.meta_path if finder is not cls and hasattr(finder, "find_spec"))
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in finders)), None)
        if spec is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                watch(module)

            spec.loader.exec_module = exec_module
        return spec


def install():
    sys.meta_path.insert(0, Hook)
    for name in WATCHED:
        if name in sys.modules:
            watch(sys.modules[name])


def next_in_line():
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("sitecustomize", [entry for entry in sys.path if os.path.abspath(entry) != HERE])
    if spec is not None and spec.origin is not None:
        load("sitecustomize", spec.origin)


if os.environ.get("KAIZEN_PROFILE"):
    load("kaizen_profile", os.path.join(HERE, "kaizen_profile.py")).start()
if os.environ.get("KAIZEN_FORMAT") == "unittest":
    install()
next_in_line()


def serve():
    """Makes this process ready for a batch; returns in every child."""
    import unittest  # the hook takes the settings

    load("kaizen_batch", os.path.join(HERE, "kaizen_batch.py")).serve(sys.modules["kaizen_unittest"].SETTINGS)


if os.environ.get("KAIZEN_FORMAT") == "unittest" and "KAIZEN_BATCH" in os.environ:
    serve()
