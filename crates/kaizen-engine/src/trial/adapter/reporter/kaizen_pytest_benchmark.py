"""Has pytest-benchmark measure briefly and tells the judge what it measured, through the channel of kaizen_report.

The options are set before pytest-benchmark reads them, so that neither the command line nor the project's configuration
turns benchmarks off or repeats them longer than a pair of runs needs. Facts about machine and commit, which take longer to
collect than many a benchmark, are left out.
"""

import os

import kaizen_report
import pytest

SECONDS = "0.1"
_settings = kaizen_report.take("pytest-benchmark")


class Nowhere:
    """Where the plugin's own report goes when nobody asked for one: a path to newer versions, an open file to older ones."""

    def __fspath__(self):
        return os.devnull

    def __enter__(self):
        self.file = open(os.devnull, "wb")
        return self.file

    def __exit__(self, *_):
        self.file.close()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    option = config.option
    if not hasattr(option, "benchmark_json"):
        return
    option.benchmark_enable, option.benchmark_disable, option.benchmark_skip = True, False, False
    option.benchmark_min_rounds, option.benchmark_max_time, option.benchmark_warmup = 1, SECONDS, False
    option.benchmark_precision = None
    option.benchmark_json = option.benchmark_json or Nowhere()


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_benchmark_generate_machine_info():
    return {"node": "", "machine": ""}


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_benchmark_generate_commit_info():
    return {"id": "", "dirty": False}


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_benchmark_update_json(output_json):
    measured = output_json["benchmarks"]
    for one in measured:
        one["stats"].pop("data", None)
    if _settings is not None:
        _settings.line(benchmarks=[{"fullname": one["fullname"], "mean": one["stats"]["mean"]} for one in measured])
