"""Error bodies as Flink writes them: classes, messages and their order were measured on 2.2.1, the frames are shortened."""

FRAME = "\n\tat org.apache.flink.table.gateway.service.operation.OperationManager$Operation.run(OperationManager.java:259)"
Cause = tuple[str, str]

EXECUTION: Cause = ("org.apache.flink.table.gateway.service.utils.SqlExecutionException", "Failed to execute the operation.")
VALIDATION: Cause = ("org.apache.flink.table.api.ValidationException", "SQL validation failed.")


class FlinkProblemError(Exception):
    """A refusal with its chain of causes, outermost first."""

    def __init__(self, *chain: Cause) -> None:
        self.trace = trace(*chain)
        super().__init__(chain[-1][1])


def trace(*chain: Cause) -> str:
    """Return a stack trace of the chain."""
    return "\nCaused by: ".join(f"{name}: {message}{FRAME}" for name, message in chain)


def server_side(text: str) -> list[str]:
    """Return the `errors` of an HTTP 500 around a trace."""
    return ["Internal server error.", f"<Exception on server side:\n{text}\n\nEnd of exception on server side>"]


def at_range(line: int, column: int, end_column: int, message: str) -> FlinkProblemError:
    """Return a validator's refusal with a place."""
    place = f"From line {line}, column {column} to line {line}, column {end_column}"
    return FlinkProblemError(
        EXECUTION,
        (VALIDATION[0], f"{VALIDATION[1]} {place}: {message}"),
        ("org.apache.calcite.runtime.CalciteContextException", f"{place}: {message}"),
        ("org.apache.calcite.sql.validate.SqlValidatorException", message),
    )


def unexpected_token(token: str, line: int, column: int) -> FlinkProblemError:
    """Return a parser's refusal with the long list that nobody wants to read."""
    message = (
        f'Encountered "{token}" at line {line}, column {column}.\nWas expecting one of:\n    <EOF> \n    "AS" ...\n    "FROM" ...\n    '
    )
    return FlinkProblemError(
        EXECUTION,
        ("org.apache.flink.table.api.SqlParserException", f"SQL parse failed. {message}"),
        ("org.apache.calcite.sql.parser.SqlParseException", message),
        ("org.apache.flink.sql.parser.impl.ParseException", message),
    )


def refused(message: str, name: str = "org.apache.flink.table.api.ValidationException") -> FlinkProblemError:
    """Return a refusal without a place."""
    return FlinkProblemError(EXECUTION, (name, message))


def unknown_connector(connector: str, known: list[str]) -> FlinkProblemError:
    """Return the refusal of a table whose connector is not on the class path."""
    listing = "\n".join(known)
    return FlinkProblemError(
        EXECUTION,
        (
            "org.apache.flink.table.api.ValidationException",
            f"Unable to create a source for reading table.\n\nTable options are:\n\n'connector'='{connector}'",
        ),
        ("org.apache.flink.table.api.ValidationException", f"Cannot discover a connector using option: 'connector'='{connector}'"),
        (
            "org.apache.flink.table.api.ValidationException",
            (
                f"Could not find any factory for identifier '{connector}' that implements "
                f"'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.\n\n"
                f"Available factory identifiers are:\n\n{listing}"
            ),
        ),
    )


def duplicate_job() -> FlinkProblemError:
    """Return the refusal of a used job id: the telling class stands inside another server's nested trace, not on a `Caused by` line."""
    nested = "\n".join(
        server_side(trace(("org.apache.flink.runtime.client.DuplicateJobSubmissionException", "Job has already been submitted.")))
    )
    return FlinkProblemError(EXECUTION, ("org.apache.flink.runtime.rest.util.RestClientException", f"[{nested}]"))


def jobmanager_down() -> FlinkProblemError:
    """Return what the gateway says when the JobManager does not answer."""
    return FlinkProblemError(
        EXECUTION,
        ("org.apache.flink.util.FlinkException", "Failed to execute job 'copy'."),
        ("java.net.ConnectException", "Connection refused"),
    )


def session_unknown(handle: str) -> FlinkProblemError:
    """Return what any call on a lost session gets."""
    return FlinkProblemError(("org.apache.flink.table.gateway.api.utils.SqlGatewayException", f"Session '{handle}' does not exist."))


def operation_unknown(handle: str) -> FlinkProblemError:
    """Return what asking for a forgotten operation gets."""
    message = f"Can not find the submitted operation in the OperationManager with the {handle}."
    return FlinkProblemError(("org.apache.flink.table.gateway.api.utils.SqlGatewayException", message))
