"""Drives Optuna for `cargo xtask bench tune`: one line in for each study and each loss, one line out for each configuration.

The sampler is Optuna's default, TPESampler as `create_study()` makes it, with a seed: from Optuna 5 on that is the multivariate
one. The present configuration is enqueued as the first trial.
"""

import json
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def has_effect(parameter, chosen):
    """The only condition among the worlds is `name == 'value'`."""
    condition = parameter.get("when")
    if condition is None:
        return True
    name, value = condition.split(" == ")
    return chosen[name] == value.strip("'")


def suggest(trial, parameter):
    name = parameter["name"]
    if parameter["kind"] == "int":
        return trial.suggest_int(name, parameter["low"], parameter["high"], log=parameter["log"])
    if parameter["kind"] == "float":
        return trial.suggest_float(name, parameter["low"], parameter["high"], log=parameter["log"])
    return trial.suggest_categorical(name, parameter["choices"])


def run(wish):
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=wish["seed"]))
    study.enqueue_trial(wish["present"])
    for _ in range(wish["budget"]):
        trial = study.ask()
        chosen = {}
        for parameter in wish["parameters"]:
            if has_effect(parameter, chosen):
                chosen[parameter["name"]] = suggest(trial, parameter)
        print(json.dumps(chosen), flush=True)
        study.tell(trial, json.loads(sys.stdin.readline()))


for line in iter(sys.stdin.readline, ""):
    run(json.loads(line))
