"""The context of a job: Spark's session, and the ways to read and write."""

import time
import warnings

from pyspark import SparkContext
from pyspark.sql import SparkSession, SQLContext

from awsglue import _jdbc, _local, _sinks, _sources, _storage, _streaming, _tables
from awsglue.data_sink import DataSink
from awsglue.data_source import DataSource, StreamingDataSource
from awsglue.dataframereader import DataFrameReader
from awsglue.dataframewriter import DataFrameWriter
from awsglue.dynamicframe import DynamicFrame
from awsglue.readers import DynamicFrameReader
from awsglue.writers import DynamicFrameWriter

_GOVERNED = "Governed tables were retired by AWS. Use Iceberg, Hudi or Delta tables."


class GlueContext(SQLContext):
    """Spark's context with what Glue adds to it. `options` that tune the grouping of files change nothing here."""

    def __init__(self, sparkContext=None, **options):
        if isinstance(sparkContext, SparkSession):
            session = sparkContext
        elif sparkContext is None or isinstance(sparkContext, SparkContext):
            session = SparkSession.builder.getOrCreate()
        else:
            raise TypeError(f"GlueContext takes a SparkContext, not {type(sparkContext).__name__}")
        with warnings.catch_warnings():
            # Spark says that its SQLContext is of old; that is no concern of the user's.
            warnings.simplefilter("ignore")
            super().__init__(session.sparkContext, session)
        self.spark_session = session
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)
        self.write_data_frame = DataFrameWriter(self)

    def _dynamic(self, frame, name=""):
        return DynamicFrame.fromDF(frame, self, name)

    def _read(self, kind, options, format, form, predicate):
        """What dynamic frames are made of."""
        return _sources.read(self.spark_session, kind, options, format, form, predicate, dynamic=True)

    def getSource(self, connection_type, format=None, transformation_ctx="", push_down_predicate="", **options):
        """A source to set up in steps."""
        return DataSource(self, connection_type, options, format, transformation_ctx, push_down_predicate)

    def getStreamingSource(
        self, connection_type, format=None, transformation_ctx="", push_down_predicate="", **options
    ):
        """A source of a stream."""
        if str(connection_type).lower() in _sources.STREAMS:
            raise _sources.elsewhere(connection_type)
        return StreamingDataSource(self, connection_type, options, format, transformation_ctx, push_down_predicate)

    def getSink(self, connection_type, format=None, transformation_ctx="", **options):
        """A sink to set up in steps."""
        return DataSink(self, connection_type, options, format)

    def get_catalog_schema_as_spark_schema(self, database=None, table_name=None, catalog_id=None):
        """The schema of a table."""
        return _tables.find(self.spark_session, database, table_name).schema

    def create_dynamic_frame_from_rdd(self, data, name, schema=None, sample_ratio=None, transformation_ctx=""):
        """A DynamicFrame of an RDD or a list."""
        return self._dynamic(self.spark_session.createDataFrame(data, schema, sample_ratio), name)

    def create_dynamic_frame_from_catalog(
        self,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        push_down_predicate="",
        additional_options={},
        catalog_id=None,
        **kwargs,
    ):
        """A DynamicFrame of a table."""
        database = _tables.database_of(database, kwargs)
        table_name = _tables.table_of(table_name, kwargs)
        frame = _sources.table(
            self.spark_session, database, table_name, push_down_predicate, additional_options, dynamic=True
        )
        return self._dynamic(frame, table_name)

    def create_data_frame_from_catalog(
        self,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        push_down_predicate="",
        additional_options={},
        catalog_id=None,
        **kwargs,
    ):
        """A DataFrame of a table; a stream of its files if the options are those of a stream."""
        database = _tables.database_of(database, kwargs)
        table_name = _tables.table_of(table_name, kwargs)
        if _sources.is_stream(additional_options):
            return _sources.table_stream(self.spark_session, database, table_name)
        return _sources.table(self.spark_session, database, table_name, push_down_predicate, additional_options)

    def create_dynamic_frame_from_options(
        self,
        connection_type,
        connection_options={},
        format=None,
        format_options={},
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
        """A DynamicFrame of files, or of what another connection leads to."""
        return self._dynamic(
            self._read(connection_type, connection_options, format, format_options, push_down_predicate),
            transformation_ctx,
        )

    def create_data_frame_from_options(
        self,
        connection_type,
        connection_options={},
        format=None,
        format_options={},
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
        """A DataFrame of files, or of what another connection leads to."""
        return _sources.read(
            self.spark_session, connection_type, connection_options, format, format_options, push_down_predicate
        )

    def create_sample_dynamic_frame_from_catalog(
        self,
        database=None,
        table_name=None,
        num=None,
        sample_options={},
        redshift_tmp_dir="",
        transformation_ctx="",
        push_down_predicate="",
        additional_options={},
        catalog_id=None,
        erieTxId="",
        asOfTime="",
        **kwargs,
    ):
        """At most `num` records of a table, as a DynamicFrame."""
        database = _tables.database_of(database, kwargs)
        table_name = _tables.table_of(table_name, kwargs)
        frame = _sources.table(
            self.spark_session, database, table_name, push_down_predicate, additional_options, dynamic=True
        )
        return self._dynamic(_sources.sample(frame, num), table_name)

    def create_sample_dynamic_frame_from_options(
        self,
        connection_type,
        connection_options={},
        num=None,
        sample_options={},
        format=None,
        format_options={},
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
        """At most `num` records of what a connection leads to, as a DynamicFrame."""
        frame = self._read(connection_type, connection_options, format, format_options, push_down_predicate)
        return self._dynamic(_sources.sample(frame, num), transformation_ctx)

    def write_dynamic_frame_from_options(
        self, frame, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx=""
    ):
        """Writes a frame to files, or to where another connection leads, and gives it back."""
        return self.write_from_options(
            frame, connection_type, connection_options, format, format_options, transformation_ctx
        )

    def write_from_options(
        self,
        frame_or_dfc,
        connection_type,
        connection_options={},
        format={},
        format_options={},
        transformation_ctx="",
        **kwargs,
    ):
        """Writes a frame or a collection, and gives it back."""
        _sinks.write(
            self.spark_session, frame_or_dfc, connection_type, connection_options, format or None, format_options
        )
        return frame_or_dfc

    def write_dynamic_frame_from_catalog(
        self,
        frame,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        additional_options={},
        catalog_id=None,
        **kwargs,
    ):
        """Adds a frame to a table, and gives it back."""
        database = _tables.database_of(database, kwargs)
        table_name = _tables.table_of(table_name, kwargs)
        for _, one in _sinks.frames_of(frame):
            _sinks.to_table(self.spark_session, _sinks.frame_of(one), database, table_name, additional_options)
        return frame

    def write_data_frame_from_catalog(
        self,
        frame,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        additional_options={},
        catalog_id=None,
        **kwargs,
    ):
        """Adds a DataFrame to a table, and gives it back."""
        database = _tables.database_of(database, kwargs)
        table_name = _tables.table_of(table_name, kwargs)
        _sinks.to_table(self.spark_session, frame, database, table_name, additional_options)
        return frame

    def write_dynamic_frame_from_jdbc_conf(
        self,
        frame,
        catalog_connection,
        connection_options={},
        redshift_tmp_dir="",
        transformation_ctx="",
        catalog_id=None,
    ):
        """Adds a frame to a database's table through a connection of the catalogue, and gives it back."""
        return self.write_from_jdbc_conf(frame, catalog_connection, connection_options, redshift_tmp_dir)

    def write_from_jdbc_conf(
        self,
        frame_or_dfc,
        catalog_connection,
        connection_options={},
        redshift_tmp_dir="",
        transformation_ctx="",
        catalog_id=None,
    ):
        """As `write_dynamic_frame_from_jdbc_conf`, for a collection as well."""
        options = dict(connection_options, connectionName=catalog_connection)
        _sinks.write(self.spark_session, frame_or_dfc, "jdbc", options, None, None)
        return frame_or_dfc

    def convert_resolve_option(self, path, action, target):
        """A spec of `resolveChoice`: (path, action), with the target after a colon for actions that have one."""
        return (path, f"{action}:{target}" if target else action)

    def extract_jdbc_conf(self, connection_name, catalog_id=None):
        """User, password, vendor, addresses and more of a JDBC connection of the catalogue."""
        return _jdbc.connection_conf(connection_name)

    def purge_table(self, database, table_name, options={}, transformation_ctx="", catalog_id=None):
        """Deletes a table's files that are older than `retentionPeriod` hours (168), where a folder stands for S3."""
        _storage.purge_table(self.spark_session, database, table_name, dict(options or {}))

    def purge_s3_path(self, s3_path, options={}, transformation_ctx=""):
        """Deletes files that are older than `retentionPeriod` hours (168), where a folder stands for S3."""
        _storage.purge_path(s3_path, dict(options or {}))

    def transition_table(self, database, table_name, transition_to, options={}, transformation_ctx="", catalog_id=None):
        """Would change the storage class of a table's files."""
        _storage.transition("transition_table")

    def transition_s3_path(self, s3_path, transition_to, options={}, transformation_ctx=""):
        """Would change the storage class of files."""
        _storage.transition("transition_s3_path")

    def get_logger(self):
        """A logger, which writes to the standard error."""
        return GlueLogger()

    def currentTimeMillis(self):
        """The time in milliseconds since 1970."""
        return int(time.time() * 1000)

    def getSampleStreamingDynamicFrame(self, frame, options={}, batch_function=None):
        """What is there of a stream, at most `recordPollingLimit` (100) records, as a DynamicFrame."""
        return self._dynamic(_streaming.sample(self.spark_session, frame, options, batch_function))

    def forEachBatch(self, frame, batch_function, options={}):
        """Runs `batch_function(frame, number)` for each batch of a stream, until the stream has no more."""
        _streaming.for_each_batch(frame, batch_function, options)

    def add_ingestion_time_columns(self, frame, time_granularity):
        """Adds columns `ingest_year` … of the time now, down to "day", "hour" or "minute"."""
        return _streaming.with_ingestion_time(frame, time_granularity)

    def start_transaction(self, read_only=False):
        """Began a transaction on governed tables, when there were such."""
        raise _local.not_here("start_transaction", _GOVERNED)

    def commit_transaction(self, transaction_id, wait_for_commit=True):
        """Ended a transaction on governed tables."""
        raise _local.not_here("commit_transaction", _GOVERNED)

    def cancel_transaction(self, transaction_id):
        """Undid a transaction on governed tables."""
        raise _local.not_here("cancel_transaction", _GOVERNED)


class GlueLogger:
    """A logger for a job."""

    def info(self, message):
        """Something that happened as it should."""
        self._write("INFO", message)

    def warn(self, message):
        """Something to look at."""
        self._write("WARN", message)

    def error(self, message):
        """Something that failed."""
        self._write("ERROR", message)

    def debug(self, message):
        """A detail, which is not written."""

    def trace(self, message):
        """A detail, which is not written."""

    def fatal(self, message):
        """Something that ends the job."""
        self._write("FATAL", message)

    def isDebugEnabled(self):
        """Whether details are written."""
        return False

    isTraceEnabled = isDebugEnabled

    def isInfoEnabled(self):
        """Whether `info` is written."""
        return True

    isWarnEnabled = isInfoEnabled

    @staticmethod
    def _write(level, message):
        _local.log(f"{level} {message}")
