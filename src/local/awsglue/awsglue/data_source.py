"""What `glueContext.getSource` gives: a source that is set up in steps, then read."""

from awsglue import _sources


class DataSource:
    """A source of data."""

    def __init__(self, glue_context, connection_type, options, format=None, name="", push_down_predicate=""):
        self.glue_context = glue_context
        self.name = name
        self._kind, self._options = connection_type, dict(options)
        self._format, self._form, self._predicate = format, {}, push_down_predicate

    def setFormat(self, format, **options):
        """Sets the format and its options."""
        self._format, self._form = format, dict(options)

    def getDataFrame(self):
        """Reads a DataFrame."""
        return self._read(False)

    def _read(self, dynamic):
        session = self.glue_context.spark_session
        if self._kind.lower() == "catalog":
            database, name = self._options.get("database"), self._options.get("tableName")
            return _sources.table(session, database, name, self._predicate, self._options, dynamic)
        return _sources.read(session, self._kind, self._options, self._format, self._form, self._predicate, dynamic)

    def getFrame(self, **options):
        """Reads a DynamicFrame."""
        return self.glue_context._dynamic(self._read(True), self.name)

    def getSampleFrame(self, num, **options):
        """Reads at most `num` records as a DynamicFrame."""
        return self.glue_context._dynamic(_sources.sample(self._read(True), num), self.name)


class StreamingDataSource(DataSource):
    """A source of a stream."""
