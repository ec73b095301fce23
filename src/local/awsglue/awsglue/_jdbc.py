"""Databases by Spark's JDBC reader, if their driver is on the class path."""

import re

from awsglue import _local
from awsglue._formats import has_class

# The vendor's name, as Glue says it, to the class of its driver.
DRIVERS = {
    "mysql": "com.mysql.cj.jdbc.Driver",
    "mariadb": "org.mariadb.jdbc.Driver",
    "postgresql": "org.postgresql.Driver",
    "oracle": "oracle.jdbc.OracleDriver",
    "sqlserver": "com.microsoft.sqlserver.jdbc.SQLServerDriver",
    "redshift": "com.amazon.redshift.jdbc42.Driver",
    "derby": "org.apache.derby.jdbc.EmbeddedDriver",
    "h2": "org.h2.Driver",
    "sqlite": "org.sqlite.JDBC",
    "db2": "com.ibm.db2.jcc.DB2Driver",
}
TYPES = ("mysql", "oracle", "postgresql", "sqlserver", "redshift", "jdbc")
_SERVER = re.compile(r"(jdbc:[a-z0-9:]+//[^/;?]+)", re.IGNORECASE)


def connection_conf(name):
    """What a JDBC connection of the catalogue says: `user`, `password`, `vendor`, `url` (without the database),
    `fullUrl`, `enforceSSL` and the names of certificates."""
    entry = _local.connection(name)
    properties = entry.get("properties") or {}
    url = properties.get("JDBC_CONNECTION_URL")
    if not url:
        raise ValueError(f"The connection {name!r} ({entry.get('type')}) has no JDBC_CONNECTION_URL.")
    if properties.get("SECRET_ID") and "USERNAME" not in properties:
        raise _local.not_here(
            f"SECRET_ID of the connection {name!r}", "Give USERNAME and PASSWORD of a local database instead."
        )
    server = _SERVER.match(url)
    return {
        "user": properties.get("USERNAME", ""),
        "password": properties.get("PASSWORD", ""),
        "vendor": vendor_of(url),
        "url": server.group(1) if server else url,
        "fullUrl": url,
        "enforceSSL": properties.get("JDBC_ENFORCE_SSL", "false"),
        "customJDBCCert": properties.get("CUSTOM_JDBC_CERT", ""),
        "skipCustomJDBCCertValidation": properties.get("SKIP_CUSTOM_JDBC_CERT_VALIDATION", "false"),
        "customJDBCCertString": properties.get("CUSTOM_JDBC_CERT_STRING", ""),
    }


def vendor_of(url):
    """The vendor that a JDBC address names."""
    found = re.match(r"jdbc:([a-z0-9]+)", url, re.IGNORECASE)
    return found.group(1).lower() if found else ""


class Database:
    """A database and the table in it that a job reads or writes."""

    def __init__(self, session, kind, options):
        self.session, self.options = session, dict(options or {})
        name = self.options.get("connectionName")
        if name:
            conf = connection_conf(name)
            self.url = _with_database(conf, self.options.get("database") or self.options.get("databaseName"))
            self.user, self.password = conf["user"], conf["password"]
        else:
            self.url = self.options.get("url")
            self.user, self.password = self.options.get("user"), self.options.get("password")
        if not self.url:
            raise ValueError(f'{kind}: connection_options needs "url", or "connectionName" of a connection')
        self.url = re.sub(r"\$\{(\w+)\}", lambda found: str(self.options.get(found.group(1), "")), self.url)
        self.driver = self._driver(kind)

    def _driver(self, kind):
        vendor = vendor_of(self.url)
        named = self.options.get("customJdbcDriverClassName") or self.options.get("className")
        driver = named or DRIVERS.get(vendor) or DRIVERS.get(kind.lower())
        if driver is None:
            raise _local.not_here(f"connection type {kind!r} with an address jdbc:{vendor}", "Name its driver's class.")
        if not has_class(self.session, driver):
            raise _local.not_here(
                f"connection type {kind!r}",
                f"Its driver {driver} is not on the class path of the local Spark. "
                "Read a catalogue table over sample files instead.",
            )
        return driver

    def _all(self):
        found = {"url": self.url, "driver": self.driver}
        if self.user:
            found["user"] = str(self.user)
        if self.password:
            found["password"] = str(self.password)
        return found

    def table(self):
        """The name of the table."""
        name = self.options.get("dbtable") or self.options.get("dbTable")
        if not name:
            raise ValueError('connection_options needs "dbtable", the table\'s name')
        return name

    def read(self):
        """The table, or what the query finds."""
        options = self._all()
        query = self.options.get("sampleQuery") or self.options.get("query")
        if query:
            options["query"] = query
        else:
            options["dbtable"] = self.table()
        for name in ("partitionColumn", "lowerBound", "upperBound", "numPartitions", "fetchsize"):
            if name in self.options:
                options[name] = str(self.options[name])
        if query and "partitionColumn" in options:
            options["dbtable"] = f"({options.pop('query')}) as q"
        frame = self.session.read.format("jdbc").options(**options).load()
        predicate = self.options.get("filterPredicate")
        return frame.where(predicate) if predicate else frame

    def write(self, frame):
        """Adds the rows to the table, which is made if it is not there."""
        frame.write.format("jdbc").options(**self._all(), dbtable=self.table()).mode("append").save()


def _with_database(conf, database):
    """The address of the connection, with another database than its own if one is named."""
    url = conf["fullUrl"]
    if not database or not _SERVER.match(url):
        return url
    if conf["vendor"] == "sqlserver":
        return f"{conf['url']};databaseName={database}"
    rest = url[len(conf["url"]) :]
    query = rest[rest.index("?") :] if "?" in rest else ""
    return f"{conf['url']}/{database}{query}"
