"""What all Java services have in common: flags for small processes that start quickly, and Log4j's configuration."""

from collections.abc import Mapping
from pathlib import Path

from embedded.data_folder import DataFolder
from embedded.jars import locked_jars
from embedded.specification import ServiceName

QUICK_START = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:ArchiveRelocationMode=0",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
)
"""One compiler thread and one collector thread: the four processes take 160 MB less than with the defaults (measured) and start faster.

Without performance data nothing is written to the system's temporary folder. A process that runs out of memory exits and is restarted.
An archive that lies where it was made for is shared with the page cache. By default it is moved, and two thirds of it are then memory of
each process: 26 to 52 MB (measured).
"""

SMALL_HEAP = ("-XX:MinHeapFreeRatio=10", "-XX:MaxHeapFreeRatio=25", "-XX:NewRatio=5")
"""Keep the heap close to what is used. By default the JVM lets it grow until 40 % is free, and a third of it is for new objects."""

REFLECTION = tuple(
    f"--add-exports={package}=ALL-UNNAMED"
    for package in (
        "java.rmi/sun.rmi.registry",
        "java.security.jgss/sun.security.krb5",
    )
) + tuple(
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        "java.lang",
        "java.net",
        "java.io",
        "java.nio",
        "sun.nio.ch",
        "java.lang.reflect",
        "java.text",
        "java.time",
        "java.util",
        "java.util.concurrent",
        "java.util.concurrent.atomic",
        "java.util.concurrent.locks",
    )
)
"""What Flink accesses by reflection: its documented default of `env.java.opts.all`, without the compiler's packages (no Java API here)."""

ENVIRONMENT: Mapping[str, str] = {"MALLOC_ARENA_MAX": "2", "LC_ALL": "C.UTF-8"}
"""By default glibc keeps an arena of native memory for each of many threads.

Java encodes file names by the locale: in the `C` locale it finds no folder whose path has an umlaut.
"""

# The SQL Gateway logs each refused statement three times, with its options and therefore with secrets. The client that sent the statement
# gets the same text in the reply, so nothing is lost.
_LOG4J = """\
monitorInterval = 0
status = error
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %c{1} %m%n%throwable
logger.netty.name = org.apache.flink.shaded.netty4.io.netty
logger.netty.level = ERROR
logger.kafka.name = org.apache.kafka.clients
logger.kafka.level = WARN
logger.operation.name = org.apache.flink.table.gateway.service.operation.OperationManager
logger.operation.level = OFF
logger.service.name = org.apache.flink.table.gateway.service.SqlGatewayServiceImpl
logger.service.level = OFF
logger.handler.name = org.apache.flink.table.gateway.rest.handler
logger.handler.level = OFF
"""


def marker(folder: DataFolder) -> str:
    """Return the option that names the data folder. It identifies a Java process that lost its supervisor."""
    return f"-Dflink.reviews.data={folder.root}"


def log4j_file(folder: DataFolder, service: ServiceName) -> dict[Path, str]:
    """Return the logging configuration to write: everything goes to standard output, whose log the supervisor rotates."""
    return {folder.configuration(service) / "log4j2.properties": _LOG4J}


def options(folder: DataFolder, service: ServiceName, *, heap_megabytes: int, extra: tuple[str, ...] = ()) -> tuple[str, ...]:
    """List the options of a Java service, the marker first."""
    return (
        marker(folder),
        f"-Dflink.reviews.service={service}",
        "-Duser.timezone=UTC",
        f"-Xmx{heap_megabytes}m",
        f"-Xms{heap_megabytes // 4}m",
        *QUICK_START,
        *SMALL_HEAP,
        *extra,
        f"-Djava.io.tmpdir={folder.temporary(service)}",
        f"-Dlog4j.configurationFile={folder.configuration(service) / 'log4j2.properties'}",
        f"-Dlog.file={folder.log(service)}",
    )


def classpath(folder: DataFolder, *sets: str) -> tuple[Path, ...]:
    """List the jar files of the named sets, each once, in the order of the lock."""
    return tuple(dict.fromkeys(folder.jars / jar.path for name in sets for jar in locked_jars(name)))
