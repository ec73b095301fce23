"""Streams, by Spark's Structured Streaming."""

import datetime
import re

from pyspark.sql import functions as F

from awsglue import _local

_WINDOW = re.compile(r"\s*(\d+)\s*(millisecond|second|minute|hour|day)s?\s*", re.IGNORECASE)
_SECONDS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600, "day": 86400}
_RETRIES = 3


def for_each_batch(frame, batch_function, options):
    """Runs the function for each batch, until the stream has no more."""
    options = dict(options or {})
    _window(_needed(options, "windowSize"))
    checkpoint = _needed(options, "checkpointLocation")
    retries = _retries(options.get("batchMaxRetries", _RETRIES))
    persist = str(options.get("persistDataFrame", "true")).lower() == "true"
    _local.say_once("forEachBatch ends when the stream has no more; on Glue it runs until it is stopped.")

    def run(batch, number):
        # Glue's own wrapper keeps the batch, as most functions read it more than once.
        if persist:
            batch.persist()
        try:
            _with_retries(lambda: batch_function(batch, number), retries)
        finally:
            if persist:
                batch.unpersist()

    query = (
        frame.writeStream.foreachBatch(run)
        .trigger(availableNow=True)
        .option("checkpointLocation", str(checkpoint))
        .start()
    )
    try:
        query.awaitTermination()
    finally:
        # An interrupt of the job must not leave the stream running.
        if query.isActive:
            query.stop()


def _with_retries(run, retries):
    for attempt in range(retries + 1):
        try:
            return run()
        except Exception as error:
            if attempt == retries:
                raise
            _local.say(f"forEachBatch: a batch failed and is tried again ({attempt + 1} of {retries}): {error}")
    return None


def _needed(options, name):
    if not options.get(name):
        raise ValueError(f'forEachBatch needs options["{name}"]')
    return options[name]


def _retries(value):
    try:
        retries = int(value)
    except (TypeError, ValueError):
        retries = -1
    if not 0 <= retries <= 100:
        raise ValueError(f"batchMaxRetries must be a number from 0 to 100, not {value!r}")
    return retries


def _window(text):
    found = _WINDOW.fullmatch(str(text))
    if found is None:
        raise ValueError(f'windowSize must be a time such as "100 seconds", not {text!r}')
    return int(found.group(1)) * _SECONDS[found.group(2).lower()]


def sample(session, frame, options, batch_function):
    """A DataFrame of the first records of a stream."""
    options = dict(options or {})
    limit = int(options.get("recordPollingLimit", 100))
    if limit <= 0:
        raise ValueError("recordPollingLimit must be above 0")
    polling = float(options.get("pollingTimeInMs", 10000)) / 1000
    if options.get("windowSize") and _window(options["windowSize"]) >= polling:
        raise ValueError("windowSize must be shorter than pollingTimeInMs")
    rows = []

    def keep(batch, number):
        if len(rows) < limit:
            rows.extend(batch.limit(limit - len(rows)).collect())
        if batch_function is not None:
            batch_function(batch, number)

    query = frame.writeStream.foreachBatch(keep).trigger(availableNow=True).start()
    try:
        query.awaitTermination(max(1, int(polling)))
    finally:
        query.stop()
    return session.createDataFrame(rows[:limit], frame.schema)


_PARTS = (("year", "%Y"), ("month", "%m"), ("day", "%d"), ("hour", "%H"), ("minute", "%M"))


def with_ingestion_time(frame, granularity):
    """The frame with columns of the time now, down to a day, an hour or a minute."""
    names = [name for name, _ in _PARTS]
    if granularity not in names[2:]:
        raise ValueError(f'the granularity must be "day", "hour" or "minute", not {granularity!r}')
    now = datetime.datetime.now(datetime.timezone.utc)
    for name, code in _PARTS[: names.index(granularity) + 1]:
        frame = frame.withColumn("ingest_" + name, F.lit(now.strftime(code)))
    return frame
