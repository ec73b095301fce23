"""Records that Spark cannot find in files by itself: below a JSON path, in XML."""

import json
import re
import xml.etree.ElementTree as tree


def first(row):
    """The first column of a row."""
    return row[0]


class Records:
    """Finds records in documents: `records(row)` gives those of one, as dictionaries."""

    def rows(self, row):
        """The rows of one document: the record as JSON, then what came beside it."""
        for record in self.records(row):
            yield (json.dumps(record, ensure_ascii=False),) + tuple(row[1:])

    def shape(self, rows):
        """The one shape of the records of some documents."""
        shape = Shape()
        for row in rows:
            for record in self.records(row):
                shape.add(record)
        yield shape


class JsonRecords(Records):
    """The records at a path of each document: a file if `whole`, else a line."""

    binary = False

    def __init__(self, steps, whole):
        self.steps, self.whole = steps, whole

    def records(self, row):
        """The records of one document, as dictionaries."""
        for document in _documents(row[0]):
            for record in _at(document, self.steps):
                for one in record if isinstance(record, list) else [record]:
                    if isinstance(one, dict):
                        yield one


class Encoded:
    """Turns documents into rows of a type: the record, then what came beside it."""

    def __init__(self, records, kind):
        self.records, self.kind = records, kind

    def __call__(self, row):
        from awsglue._records import encode

        for record in self.records.records(row):
            yield (encode(record, self.kind),) + tuple(row[1:])


def readable(kind):
    """The type without those of nothing, which Spark's JSON reader does not know."""
    from pyspark.sql import types as T

    if isinstance(kind, T.NullType):
        return T.StringType()
    if isinstance(kind, T.StructType):
        return T.StructType([T.StructField(field.name, readable(field.dataType)) for field in kind.fields])
    if isinstance(kind, T.ArrayType):
        return T.ArrayType(readable(kind.elementType))
    return kind


class Shape:
    """Which types the values at one place of many records have. It is quick, as it sees every value."""

    __slots__ = ("kinds", "fields", "items")

    def __init__(self):
        self.kinds, self.fields, self.items = set(), None, None

    def add(self, value):
        """Takes in a value."""
        if value is None:
            return
        kind = type(value)
        if kind is dict:
            if self.fields is None:
                self.fields = {}
            fields = self.fields
            for name, inner in value.items():
                if name not in fields:
                    fields[name] = Shape()
                fields[name].add(inner)
        elif isinstance(value, list):
            if self.items is None:
                self.items = Shape()
            for inner in value:
                self.items.add(inner)
        elif kind is int:
            self.kinds.add("int" if -(2**31) <= value < 2**31 else "long" if -(2**63) <= value < 2**63 else "double")
        else:
            self.kinds.add("double" if kind is float else "boolean" if kind is bool else "string")

    def merge(self, other):
        """Takes in what another shape has seen."""
        self.kinds |= other.kinds
        if other.fields is not None:
            self.fields = {} if self.fields is None else self.fields
            for name, inner in other.fields.items():
                self.fields[name] = self.fields[name].merge(inner) if name in self.fields else inner
        if other.items is not None:
            self.items = other.items if self.items is None else self.items.merge(other.items)
        return self

    def kind(self):
        """Spark's type for all of it; a choice where there are several."""
        from pyspark.sql import types as T

        from awsglue import _kinds

        kind = T.NullType()
        for name in sorted(self.kinds):
            kind = _kinds.merge(kind, _kinds.parse(name))
        if self.fields is not None:
            fields = [T.StructField(name, inner.kind()) for name, inner in self.fields.items()]
            kind = _kinds.merge(kind, T.StructType(fields))
        if self.items is not None:
            kind = _kinds.merge(kind, T.ArrayType(self.items.kind()))
        return kind

    def mixed(self):
        """Whether there is a choice in it."""
        kinds = len(self.kinds) - ("int" in self.kinds and "long" in self.kinds)
        if kinds + (self.fields is not None) + (self.items is not None) > 1:
            return True
        inner = list((self.fields or {}).values()) + ([self.items] if self.items is not None else [])
        return any(shape.mixed() for shape in inner)


def _documents(text):
    """The JSON values of a text, one after the other; what cannot be read ends it."""
    decoder, at = json.JSONDecoder(), 0
    text = text.lstrip("\ufeff")
    while True:
        at = re.compile(r"[\s,]*").match(text, at).end()
        if at >= len(text):
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            return
        yield value


_STEP = re.compile(
    r"\.(?P<name>[^.\[\]*]+)|\[(?P<q>['\"])(?P<key>.*?)(?P=q)\]|\[(?P<index>-?\d+)\]|(?P<all>\[\*\]|\.\*)"
)


def json_path(path):
    """The steps of a JSON path: texts, numbers, and None for "all of them"."""
    text = path.strip()
    at, steps = (1 if text.startswith("$") else 0), []
    if at == 0:
        text = "." + text
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise NotImplementedError(
                f"jsonPath {path!r}: a local session knows the steps .name, ['name'], [0], [*] and .* only."
            )
        if step["all"]:
            steps.append(None)
        elif step["index"] is not None:
            steps.append(int(step["index"]))
        else:
            steps.append(step["name"] if step["name"] is not None else step["key"])
        at = step.end()
    return steps


def _at(value, steps):
    if not steps:
        return [value]
    step, rest = steps[0], steps[1:]
    if step is None:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return [found for entry in inner for found in _at(entry, rest)]
    if isinstance(step, int):
        fits = isinstance(value, list) and -len(value) <= step < len(value)
    else:
        fits = isinstance(value, dict) and step in value
    return _at(value[step], rest) if fits else []


class XmlRecords(Records):
    """The elements of one name in XML files."""

    binary = True

    def __init__(self, form):
        self.tag = form.get("rowTag")
        if not self.tag:
            raise ValueError('format "xml" needs format_options={"rowTag": "NAME"}')
        self.attributes = not _truth(form.get("excludeAttribute", False))
        self.prefix = str(form.get("attributePrefix", "_"))
        self.text = str(form.get("valueTag", "_VALUE"))
        self.strip = _truth(form.get("ignoreSurroundingSpaces", False))
        self.nulls = _truth(form.get("treatEmptyValuesAsNulls", form.get("treatEmptyValueAsNull", False)))
        self.encoding = form.get("encoding")
        self.typed = not form.get("withSchema")

    def records(self, row):
        """The records of one file, as dictionaries."""
        source = bytes(row[0])
        parser = tree.XMLPullParser(events=("start", "end"))
        # A text, unlike bytes, is not decoded again by what the file says of itself.
        parser.feed(source.decode(str(self.encoding)) if self.encoding else source)
        parser.close()
        depth = 0
        for event, element in parser.read_events():
            if _plain(element.tag) != self.tag:
                continue
            if event == "start":
                depth += 1
                continue
            depth -= 1
            if depth == 0:
                record = self._value(element)
                if not isinstance(record, dict):
                    record = {} if record is None else {self.text: record}
                yield record
                element.clear()

    def _value(self, element):
        fields = {}
        if self.attributes:
            for name, value in element.attrib.items():
                fields[self.prefix + _plain(name)] = self._text(value)
        for child in element:
            name, value = _plain(child.tag), self._value(child)
            if name in fields:
                if not isinstance(fields[name], _Many):
                    fields[name] = _Many([fields[name]])
                fields[name].append(value)
            else:
                fields[name] = value
        text = element.text or ""
        if not fields:
            return self._text(text)
        if text.strip():
            fields[self.text] = self._text(text)
        return fields

    def _text(self, text):
        text = text.strip() if self.strip else text
        if not text.strip():
            return None if self.nulls or not text else text
        return _typed(text.strip(), text) if self.typed else text


class _Many(list):
    """The values of elements of the same name; a list is never the value of one element."""


_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_BROKEN = re.compile(r"-?(0|[1-9]\d*)\.\d+")


def _typed(text, raw):
    """A text as the number or truth value that it shows; texts that would not come back the same stay texts."""
    if _WHOLE.fullmatch(text):
        return int(text)
    if _BROKEN.fullmatch(text):
        return float(text)
    if text in ("true", "false"):
        return text == "true"
    return raw


def _plain(name):
    """A name without its namespace."""
    return name.rsplit("}", 1)[-1]


def _truth(value):
    return value.strip().lower() == "true" if isinstance(value, str) else bool(value)


def spark_schema(schema):
    """Spark's type for a schema of `awsglue.gluetypes`, which may be written as JSON; None for none."""
    if not schema:
        return None
    from awsglue import gluetypes

    if isinstance(schema, str):
        schema = json.loads(schema)
    return gluetypes.to_spark(gluetypes.deserialize(schema) if isinstance(schema, dict) else schema)
