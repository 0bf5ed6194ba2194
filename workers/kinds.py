"""Every kind of event this release knows. What is missing here would look like the work of a newer release."""

import pkgutil
from importlib import import_module

import domain


def load() -> None:
    """Registers the events of every capability. Harmless to repeat; cheap."""
    for capability in pkgutil.iter_modules(domain.__path__, "domain."):
        package = import_module(capability.name)
        if "events" in {each.name for each in pkgutil.iter_modules(package.__path__)}:
            import_module(f"{capability.name}.events")
