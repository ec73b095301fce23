"""Filter, Map and the like: Python functions over records."""

import datetime
import decimal
import os
import uuid

from awsglue.functions import explodeWithIndex, namedStruct, replaceArrayElement
from awsglue.transforms import Filter, Map
from pyspark.sql import Row
from pyspark.sql import functions as F
from support import GlueTest

MIXED = (
    "id long, s struct<x: int, l: array<struct<y: string>>>, m map<string, int>, d date, t timestamp, n decimal(10,2),"
    " f float, b binary, small tinyint"
)
ROW = (
    1,
    (2, [("a",), ("b",)]),
    {"k": 3},
    datetime.date(2024, 1, 2),
    datetime.datetime(2024, 1, 2, 3, 4, 5),
    decimal.Decimal("1.50"),
    1.5,
    bytearray(b"xy"),
    4,
)


class Functions(GlueTest):
    def test_filter_keeps_records_as_they_are(self):
        frame = self.frame([ROW, (2,) + (None,) * 8], MIXED)
        made = Filter.apply(
            frame=frame, f=lambda record: record["s"] and record["s"]["l"][1]["y"] == "b" and record["m"]["k"] == 3
        )
        self.assertEqual(self.schema(made), self.schema(frame))
        self.assertEqual(self.rows(made), [self.rows(frame)[0]])
        self.assertEqual((made.count(), made.errorsCount(), made.stageErrorsCount()), (1, 0, 0))

    def test_map_finds_the_types_of_what_it_returns(self):
        def change(record):
            del record["d"]
            record["new"] = {"at": datetime.datetime(2024, 1, 1), "list": [1, 2]}
            record["s"]["x"] += 1
            record["big"] = 1 << 40
            return record

        frame = self.frame([ROW], MIXED)
        made = Map.apply(frame=frame, f=change)
        self.assertEqual(
            self.schema(made),
            "struct<id:bigint,s:struct<x:int,l:array<struct<y:string>>>,m:map<string,int>,t:timestamp,n:decimal(10,2),"
            "f:float,b:binary,small:int,new:struct<at:timestamp,list:array<int>>,big:bigint>",
        )
        row, was = self.rows(made)[0], self.rows(frame)[0]
        self.assertEqual(row["s"]["x"], 3)
        self.assertEqual(row["new"], {"at": datetime.datetime(2024, 1, 1), "list": [1, 2]})
        self.assertEqual(
            {name: row[name] for name in "idmtnfb" if name in row}, {n: was[n] for n in "idmtnfb" if n in row}
        )
        self.assertEqual(made.errorsCount(), 0)

    def test_map_fields_of_only_some_records(self):
        made = self.frame([(1,), (2,)], "a int").map(lambda r: {"odd": r["a"]} if r["a"] % 2 else {"even": str(r["a"])})
        self.assertEqual(self.rows(made), [{"odd": 1, "even": None}, {"odd": None, "even": "2"}])

    def test_map_with_values_of_several_types_makes_a_choice(self):
        made = self.frame([(1,), (2,)], "a int").map(lambda r: {"v": r["a"] if r["a"] == 1 else "two"})
        self.assertEqual(self.printed(made.printSchema), "root\n|-- v: choice\n|    |-- int\n|    |-- string\n\n")
        self.assertEqual(self.rows(made), [{"v": {"int": 1, "string": None}}, {"v": {"int": None, "string": "two"}}])

    def test_map_is_the_same_at_each_look(self):
        made = self.frame([(1,), (2,)], "a int").map(lambda record: {"id": str(uuid.uuid4())})
        self.assertEqual(self.rows(made), self.rows(made))

    def test_map_waits_until_it_is_needed(self):
        folder = self.folder()

        def write(record):
            with open("%s/%d" % (folder, record["a"]), "w"):
                return record

        made = self.frame([(1,)], "a int").map(write)
        self.assertEqual(os.listdir(folder), [])
        self.assertEqual(made.count(), 1)
        self.assertEqual(os.listdir(folder), ["1"])

    def test_partitions(self):
        frame = self.frame([(1,), (2,), (3,)], "a int").coalesce(1)

        def sums(records):
            yield {"sum": sum(record["a"] for record in records)}

        self.assertEqual(self.rows(frame.mapPartitions(sums)), [{"sum": 6}])
        indexed = frame.mapPartitionsWithIndex(lambda index, records: [{"i": index, "n": len(list(records))}])
        self.assertEqual(self.rows(indexed), [{"i": 0, "n": 3}])
        failing = frame.mapPartitions(lambda records: 1 / 0)
        self.assertEqual((failing.count(), failing.errorsCount()), (0, 1))
        self.assertIn("division by zero", self.rows(failing.errorsAsDynamicFrame())[0]["error"]["msg"])

    def test_a_function_is_needed(self):
        frame = self.frame([(1,)], "a int")
        for call in (frame.filter, frame.map, frame.mapPartitions):
            with self.assertRaisesRegex(TypeError, "has to be a function, not str"):
                call("a > 1")

    def test_a_known_schema_is_taken(self):
        from awsglue.gluetypes import Field, LongType, StringType, StructType

        schema = StructType([Field("b", StringType()), Field("a", LongType())])
        frame = self.frame([(1,)], "a int")
        for made in (frame, frame.map(lambda record: record)):
            self.assertEqual(self.rows(made.with_frame_schema(lambda: schema)), [{"b": None, "a": 1}])
            self.assertEqual(self.schema(made.with_frame_schema(schema)), "struct<b:string,a:bigint>")

    def test_records_that_are_given(self):
        made = self.records({"a": 1, "b": None}, {"a": 2.5, "c": [1, "x"]}, 7)
        self.assertEqual(
            self.printed(made.printSchema),
            "root\n|-- a: choice\n|    |-- double\n|    |-- int\n|-- b: null\n|-- c: array\n|    |-- element: choice\n"
            "|    |    |-- int\n|    |    |-- string\n\n",
        )
        self.assertEqual((made.count(), made.errorsCount()), (2, 1))
        self.assertEqual(
            self.printed(made.show),
            '{"a": 1, "b": null, "c": null}\n{"a": 2.5, "b": null, "c": [1, "x"]}\n\n',
        )
        self.assertEqual(list(self.rows(self.records({"a": 1, "z": 2}, first=["z"]))[0]), ["z", "a"])
        self.assertEqual(
            self.rows(self.records((1, "x"), Row(_1=2, b=None))),
            [{"_1": 1, "_2": "x", "b": None}, {"_1": 2, "_2": None, "b": None}],
        )

    def test_functions_of_columns(self):
        frame = self.frame([([1, 2], 9)], "l array<int>, n int").toDF()
        self.assertEqual(frame.select(replaceArrayElement("l", F.col("n"), 1).alias("x")).first()[0], [1, 9])
        self.assertEqual(
            frame.select(namedStruct(F.col("n"), F.col("l")).alias("x")).schema["x"].dataType.names, ["n", "l"]
        )
        rows = frame.select("n", explodeWithIndex(F.col("l"))).collect()
        self.assertEqual(
            [row.asDict() for row in rows], [{"n": 9, "index": 0, "val": 1}, {"n": 9, "index": 1, "val": 2}]
        )
