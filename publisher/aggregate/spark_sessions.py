"""Starts and ends Spark: on this machine, on a cluster, or behind a Connect server.

Nothing of Spark is imported before it is asked for. Spark's logs quote data when a task fails, so
they are off and what its process prints goes nowhere.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from publisher.aggregate.settings import EngineSettings, memory_in_bytes
from publisher.errors import CouldNotRun

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOOPBACK = "127.0.0.1"
_LOCAL = "local"
_CONNECT = "sc://"
_CONNECT_PORT = 15002
_SECONDS_TO_ANSWER = 10
_SECONDS_TO_END = 20
_HEAP_PERCENT = 75
"""Share of the memory limit that is heap; the rest is for what Java keeps outside of it."""

_OF_A_SESSION = {
    # Arithmetic that overflows is an error, and so is text that is no number.
    "spark.sql.ansi.enabled": "true",
    # Moments are local civil time throughout; no zone may shift one.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    # A damaged or missing file is an error, never fewer rows.
    # Spark 4.1 fails on unions of a table with what was made of it, inferring constraints.
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
}


@dataclass(frozen=True)
class Session:
    """A session of our own, and how to end it."""

    spark: SparkSession
    end: Callable[[], None]


def open_session(settings: EngineSettings, scratch: Path) -> Session:
    """A session that knows no tables yet.

    A process can have one Spark: where it has one already (a notebook, say), the session is a new
    one of that Spark, which goes on running afterwards.

    Args:
        settings: where Spark runs (`spark_master`), its threads and its memory.
        scratch: where Spark on this machine may write; nothing else is ever written.

    Raises:
        CouldNotRun: PySpark or Java is not installed.
    """
    if settings.spark_master.startswith(_CONNECT):
        session = _connected(settings.spark_master)
    elif running := _running():
        session = Session(running.newSession(), lambda: None)
    else:
        session = _started(settings, scratch)
    for name, value in _OF_A_SESSION.items():
        session.spark.conf.set(name, value)
    return session


def is_local(master: str) -> bool:
    """Whether Spark runs inside a process of this machine."""
    return master.startswith(_LOCAL)


def java_program() -> str | None:
    """The Java that Spark would start, None if there is none."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which(str(Path(home) / "bin" / "java") if home else "java")


def of_a_process(settings: EngineSettings, scratch: Path) -> Mapping[str, str]:
    """What must be known when Spark starts; everything else may stand in Spark's own files."""
    local = is_local(settings.spark_master)
    here = {
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.host": LOOPBACK,
        "spark.local.dir": str(scratch),
    }
    threads = f"{_LOCAL}[{settings.threads}]"
    return {
        "spark.master": threads if settings.spark_master == _LOCAL else settings.spark_master,
        "spark.app.name": "publisher",
        "spark.driver.memory": f"{_heap(settings.memory_limit)}m",
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={scratch} -XX:-UsePerfData",
        "spark.eventLog.enabled": "false",
        "spark.log.level": "OFF",
        "spark.executor.syncLogLevel.enabled": "true",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **(here if local else {}),
    }


def _connected(address: str) -> Session:
    from pyspark.sql.connect.session import SparkSession as Remote  # noqa: PLC0415  (optional)

    _find(address)
    remote: Any = Remote.builder.remote(address).create()
    return Session(remote, remote.stop)


def _find(address: str) -> None:
    """Raise OSError where nobody listens; Spark itself would go on trying for ten minutes."""
    server = urlsplit(address)
    place = (server.hostname or "", server.port or _CONNECT_PORT)
    socket.create_connection(place, timeout=_SECONDS_TO_ANSWER).close()


def _running() -> SparkSession | None:
    from pyspark.sql import SparkSession  # noqa: PLC0415  (optional)

    return SparkSession.getActiveSession()


def _started(settings: EngineSettings, scratch: Path) -> Session:
    """Spark in a Java process of its own, which ends with the session."""
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415  (optional)
    from pyspark.java_gateway import launch_gateway  # noqa: PLC0415  (optional)
    from pyspark.sql import SparkSession  # noqa: PLC0415  (optional)

    if java_program() is None:
        raise CouldNotRun(
            "The engine is Spark, and there is no Java on this machine",
            "Install Java 17 or later, or set engine.name to duckdb in config.yaml.",
        )
    # Its words for a process that has died quote what was asked of it.
    logging.getLogger("py4j").setLevel(logging.CRITICAL + 1)
    conf = SparkConf(loadDefaults=False).setAll(list(of_a_process(settings, scratch).items()))
    silent = {"stdout": DEVNULL, "stderr": DEVNULL, "cwd": str(scratch)}
    gateway: Any = launch_gateway(conf=conf, popen_kwargs=silent)  # type: ignore[no-untyped-call]
    process: Popen[bytes] = gateway.proc
    try:
        spark = SparkSession(SparkContext(gateway=gateway, conf=conf))
    except BaseException:
        _end_process(process)
        raise

    def end() -> None:
        # Spark that has died cannot be stopped, and its process must end all the same.
        with suppress(Exception):
            spark.stop()
        with suppress(Exception):
            gateway.shutdown()
        _forget_gateway(SparkContext)
        _end_process(process)

    return Session(spark, end)


def _heap(memory_limit: str) -> int:
    """Megabytes of heap."""
    return memory_in_bytes(memory_limit) * _HEAP_PERCENT // 100 // 2**20


def _forget_gateway(context: Any) -> None:  # noqa: ANN401  (a class that may not be installed)
    """Spark remembers its Java process for good; the next engine starts another one."""
    context._gateway = context._jvm = None  # noqa: SLF001  (there is no other way)


def _end_process(process: Popen[bytes]) -> None:
    """Java ends when its standard input does; should it not, it is stopped."""
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_SECONDS_TO_END)
    except TimeoutExpired:
        process.kill()
        process.wait()
