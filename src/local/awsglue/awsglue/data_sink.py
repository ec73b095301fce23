"""What `glueContext.getSink` gives: a sink that is set up in steps, then written to."""

from awsglue import _sinks, _sources, _tables
from awsglue._files import checked_path


class DataSink:
    """A place that data goes to."""

    def __init__(self, glue_context, connection_type, options, format=None):
        self.glue_context = glue_context
        self._kind, self._options = connection_type, dict(options)
        self._format, self._form = format, {}
        self._database = self._table = None

    def setFormat(self, format, **options):
        """Sets the format and its options."""
        self._format, self._form = format, dict(options)

    def setAccumulableSize(self, size):
        """Would set how many failed records are kept. There are none here."""

    def setCatalogInfo(self, catalogDatabase, catalogTableName, catalogId=""):
        """The table to make or widen, for a sink with `enableUpdateCatalog`."""
        self._database, self._table = catalogDatabase, catalogTableName

    def writeFrame(self, dynamic_frame, info=""):
        """Writes a DynamicFrame, and gives it back."""
        self._write(dynamic_frame)
        return dynamic_frame

    def writeDataFrame(self, data_frame, glue_context=None, info=""):
        """Writes a DataFrame, and gives it back."""
        self._write(data_frame)
        return data_frame

    def write(self, dynamic_frame_or_dfc, info=""):
        """Writes a frame, or each frame of a collection to a folder of its own, and gives it back."""
        self._write(dynamic_frame_or_dfc)
        return dynamic_frame_or_dfc

    def _write(self, frame):
        session = self.glue_context.spark_session
        if self._kind.lower() == "catalog":
            database, table = self._options.get("database"), self._options.get("tableName")
            for _, one in _sinks.frames_of(frame):
                _sinks.to_table(session, _sinks.frame_of(one), database, table, self._options)
            return
        update = _sources.truthy(self._options, "enableUpdateCatalog")
        if update and not (self._database and self._table):
            raise ValueError("enableUpdateCatalog needs setCatalogInfo(catalogDatabase=…, catalogTableName=…)")
        if update and _sources.checked_kind(self._kind) not in ("s3", "file"):
            raise ValueError("enableUpdateCatalog is for sinks in S3 only")
        if update:
            _tables.check_database(session, self._database)
        _sinks.write(session, frame, self._kind, self._options, self._format, self._form)
        if update:
            for _, one in _sinks.frames_of(frame):
                data = _sinks.frame_of(one)
                if data.columns:
                    path = checked_path(self._options)
                    fmt = self._format
                    _sinks.update_catalogue(session, data, self._database, self._table, path, fmt, self._options)
