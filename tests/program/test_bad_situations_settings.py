"""Mistakes in the settings and on the command line, each as a user would make it and see it. Nothing is started or made."""

from pathlib import Path

import pytest

from tests.support.situations import nothing_was_made, quiet_project, refused, run_here

Values = dict[str, str | int | bool]


@pytest.mark.parametrize(
    ("values", "messages"),
    [
        pytest.param({"flink__lin": "2.2"}, ["flink.lin is not a setting of this project. Did you mean flink.line?"], id="unknown key"),
        pytest.param(
            {"flink__taskSlots": "many"},
            ["flink.taskSlots is 'many': it must be a whole number from 1 to 256", "`pulumi config set flink.taskSlots 8`"],
            id="wrong type",
        ),
        pytest.param({"topics__partitions": 0}, ["topics.partitions is '0': it must be a whole number from 1 to 1000"], id="out of range"),
        pytest.param({"topics__deleteOnDestroy": "yes"}, ["topics.deleteOnDestroy is 'yes': it must be true or false"], id="no boolean"),
        pytest.param({"ports__kafka": 80}, ["ports.kafka is '80': it must be a whole number from 1024 to 65535"], id="privileged port"),
        pytest.param({"platform": "docker"}, ["platform is 'docker': it must be embedded or kubernetes"], id="unknown platform"),
        pytest.param({"flink__line": "3.0"}, ["flink.line is '3.0': it must be 2.3 or 2.2 or 2.1"], id="unknown Flink line"),
        pytest.param(
            {"ports__kafka": 25001, "ports__sqlGateway": 25001},
            ["ports.sqlGateway and ports.kafka are both 25001: give each its own port"],
            id="two keys with the same port",
        ),
        pytest.param(
            {"model__kind": "openai"},
            [
                "model.endpoint is missing: model.kind openai needs a base URL",
                "`pulumi config set model.endpoint http://127.0.0.1:8000/v1`",
            ],
            id="no endpoint of the model",
        ),
        pytest.param({"model__kind": "llama"}, ["model.kind is 'llama': it must be offline or ollama or openai"], id="unknown model kind"),
        pytest.param({"model__endpoint": "localhost"}, ["model.endpoint is 'localhost': it must be an http or https URL"], id="no URL"),
        pytest.param(
            {"platform": "kubernetes"},
            ["kubernetes.context is missing: the cluster is always named", "`pulumi config set kubernetes.context kind-kind`"],
            id="kubernetes without a cluster",
        ),
        pytest.param(
            {"flink__taskManagerMemory": "512m"},
            ["flink.taskManagerMemory is 512m: on this machine the TaskManager needs 864m or more"],
            id="too little memory for the TaskManager",
        ),
        pytest.param(
            {"kafka__maxRecordBytes": 1024},
            ["kafka.maxRecordBytes is '1024': it must be a whole number from 65536 to 16777216"],
            id="records too small",
        ),
        pytest.param(
            {"flink__taskSlots": 1},
            ["flink.taskSlots is 1: the jobs of bundle reviews need 2", "`pulumi config set flink.taskSlots 2`"],
            id="not enough task slots",
        ),
        pytest.param(
            {"flink__lin": "2.2", "platform": "docker", "topics__partitions": "none"},
            ["3 mistakes", "flink.lin is not a setting", "platform is 'docker'", "topics.partitions is 'none'"],
            id="all mistakes at once",
        ),
    ],
)
def test_a_mistake_in_the_settings_is_told_before_anything_is_made(values: Values, messages: list[str], tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, **values)
    where = "nothing was started or changed; the settings are in Pulumi.local.yaml, as `flink-reviews:<key>: <value>` below `config:`"
    refused(run_here(copy, "up"), *messages, where)
    nothing_was_made(copy)
    assert not copy.state.exists()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param({"bundle": "revews"}, "bundle is 'revews': there is no folder sql/revews. Did you mean reviews?", id="bundle"),
        pytest.param({"bundle__parameters__window_secs": 5}, "bundle reviews has no parameter window_secs", id="parameter"),
        pytest.param({"bundle__parameters__window_seconds": "soon"}, "it is 'soon' and must be a whole number", id="value"),
        pytest.param({"bundle__windowSeconds": 5}, "both are given: remove the former one", id="former key beside its successor"),
    ],
)
def test_what_a_bundle_does_not_have_is_told_before_anything_is_made(tmp_path: Path, values: Values, told: str) -> None:
    copy = quiet_project(tmp_path, **values)
    refused(run_here(copy, "up"), told)
    nothing_was_made(copy)


def test_a_preview_tells_all_mistakes_too_and_makes_no_stack(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, flink__taskSlots="many", flink__lin="2.2")
    refused(copy.run("preview"), "2 mistakes", "flink.taskSlots is 'many'", "flink.lin is not a setting")
    assert not copy.state.exists()


def test_doctor_tells_each_mistake_with_the_file_to_mend(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, flink__lin="2.2", platform="docker")
    refused(
        copy.run("doctor"),
        "flink.lin is not a setting of this project. Did you mean flink.line?",
        "platform is 'docker'",
        "fix it in Pulumi.local.yaml",
        "2 findings would stop `up`",
        code=3,
    )


def test_a_secret_in_plain_text_is_refused_and_not_shown(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, model__apiKey="p1ain-text")
    finished = copy.run("up")
    refused(finished, "model.apiKey is stored in plain text: set it again with `pulumi config set --secret model.apiKey`")
    assert "p1ain-text" not in finished.said
    nothing_was_made(copy)


def test_an_unknown_stack_is_told_with_those_there_are(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    copy.stack = "production"
    missing = "there is no stack 'production': Pulumi.production.yaml does not exist"
    refused(copy.run("up"), missing, "known stacks: dev, local, prod, staging", "--stack", code=2)
    nothing_was_made(copy)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            "config:\n  flink-reviews:bundle: [reviews\n  flink-reviews:platform: embedded\n",
            "Pulumi.local.yaml:3:25: this is not valid YAML: expected ',' or ']'",
            id="a bracket left open",
        ),
        pytest.param("- a\n- b\n", "Pulumi.local.yaml must hold keys and values", id="a list"),
        pytest.param("config: \x00\n", "Pulumi.local.yaml is not valid YAML", id="no text"),
    ],
)
def test_a_broken_stack_file_is_told_with_its_place(content: str, message: str, tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    (copy.folder / "Pulumi.local.yaml").write_text(content, encoding="utf-8")
    for command in ("up", "status"):
        refused(copy.run(command), message, code=2)
    nothing_was_made(copy)


def test_a_stack_that_guards_secrets_needs_its_passphrase_and_does_not_ask(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    (copy.folder / "Pulumi.team.yaml").write_text("config:\n  flink-reviews:bundle: reviews\n", encoding="utf-8")
    copy.stack = "team"
    copy.configure_free_ports()
    refused(
        copy.run("up"),
        "the secrets of stack team need a passphrase and none is set",
        "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
        code=2,
    )
    nothing_was_made(copy)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["ap"], "No such command 'ap'", id="unknown command"),
        pytest.param(["feed", "--rat", "5"], "No such option: --rat", id="unknown option"),
        pytest.param(["feed", "--rate", "-4"], "Input should be greater than or equal to 0", id="value out of range"),
        pytest.param(["watch", "--until", "some"], "Invalid value for '--until': Input should be a valid integer", id="no number"),
    ],
)
def test_a_wrong_command_line_is_told_with_where_help_is(arguments: list[str], message: str, tmp_path: Path) -> None:
    refused(quiet_project(tmp_path).run(*arguments), message, "--help", code=2)
