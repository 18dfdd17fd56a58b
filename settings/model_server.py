"""What of a stack's configuration a model server of our own cannot be started with."""

from collections.abc import Mapping
from pathlib import Path

from embedded.llamacpp import model_file_problem
from embedded.model_settings import SMALL_MODEL
from embedded.settings import ModelKind
from settings.key import Value

_KUBERNETES = "kubernetes"


def model_server_problems(values: Mapping[str, Value], project_folder: Path) -> list[str]:
    """Return each problem in words. A file is looked at now: the server would say it after everything else runs."""
    file, kind = str(values["model.file"]), values["model.kind"]
    if kind != ModelKind.LLAMACPP:
        return [f"model.file is {file}: only model.kind llamacpp reads one, and model.kind is {kind}"] if file else []
    problems: list[str] = []
    if values["platform"] == _KUBERNETES:
        problems.append("model.kind is llamacpp: that server runs on this machine only. On kubernetes use ollama or openai")
    if values["model.endpoint"]:
        problems.append(
            "model.endpoint is set: model.kind llamacpp runs a server of its own. For one that runs already use model.kind openai"
        )
    if file and (problem := model_file_problem((project_folder / Path(file).expanduser()).resolve())):
        problems.append(f"model.file is {file}: {problem}. Name a GGUF file on this machine, or leave it empty for {SMALL_MODEL}")
    return problems
