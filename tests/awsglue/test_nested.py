"""Nested data made flat, and text made nested."""

import json

from awsglue.transforms import Relationalize, Unbox, UnnestFrame
from support import GlueTest

ORDERS = (
    "id int, customer struct<name: string, phones: array<string>>, `lines` array<struct<sku: string, taxes:"
    " array<struct<rate: double>>>>, notes map<string, int>"
)
ROWS = [
    (1, ("Ann", ["1", "2"]), [("x", [(0.1,), (0.2,)]), ("y", [(0.3,)])], {"a": 7}),
    (2, ("Bob", []), None, None),
    (3, None, [("z", None)], {}),
]


class Nested(GlueTest):
    def test_relationalize(self):
        frame = self.frame(ROWS, ORDERS).repartition(2)
        made = Relationalize.apply(frame=frame, staging_path="s3://b/tmp", name="root")
        self.assertEqual(
            set(made.keys()), {"root", "root_customer.phones", "root_lines", "root_lines.val.taxes", "root_notes"}
        )
        self.assertEqual(
            self.printed(made["root"].printSchema),
            "root\n|-- id: int\n|-- customer.name: string\n|-- customer.phones: long\n|-- lines: long\n"
            "|-- notes: long\n\n",
        )
        self.assertEqual(
            self.printed(made["root_lines"].printSchema),
            "root\n|-- id: long\n|-- index: int\n|-- lines.val.sku: string\n|-- lines.val.taxes: long\n\n",
        )
        root = {row["id"]: row for row in self.rows(made["root"])}
        self.assertEqual([root[2]["lines"], root[3]["customer.phones"], root[2]["notes"]], [None, None, None])
        # An empty array is one, though it has no rows.
        self.assertIsNotNone(root[2]["customer.phones"])
        lines = self.rows(made["root_lines"])
        own = sorted((r["index"], r["lines.val.sku"]) for r in lines if r["id"] == root[1]["lines"])
        self.assertEqual(own, [(0, "x"), (1, "y")])
        self.assertEqual([r["lines.val.sku"] for r in lines if r["id"] == root[3]["lines"]], ["z"])
        taxes = self.rows(made["root_lines.val.taxes"])
        of_x = next(r["lines.val.taxes"] for r in lines if r["lines.val.sku"] == "x")
        self.assertEqual(
            sorted((r["index"], r["lines.val.taxes.val.rate"]) for r in taxes if r["id"] == of_x), [(0, 0.1), (1, 0.2)]
        )
        phones = [r for r in self.rows(made["root_customer.phones"]) if r["id"] == root[1]["customer.phones"]]
        self.assertEqual(sorted((r["index"], r["customer.phones.val"]) for r in phones), [(0, "1"), (1, "2")])
        notes = self.rows(made["root_notes"])
        self.assertEqual([(r["index"], r["notes.key"], r["notes.val"]) for r in notes], [(0, "a", 7)])
        self.assertEqual(self.rows(made.select("root_lines"))[0].keys(), lines[0].keys())

    def test_what_is_flat_is_one_table(self):
        made = self.frame([(1, (2,))], "a int, s struct<b: int>").relationalize("r", "s3://b/t")
        self.assertEqual((list(made.keys()), self.rows(made["r"])), (["r"], [{"a": 1, "s.b": 2}]))
        self.assertEqual(list(Relationalize.apply(self.frame([(1,)], "a int")).keys()), ["roottable"])

    def test_unnest(self):
        frame = self.frame([(1, ((2, [3]), None))], "a int, s struct<t: struct<u: int, l: array<int>>, v: string>")
        made = UnnestFrame.apply(frame)
        self.assertEqual(self.rows(made), [{"a": 1, "s.t.u": 2, "s.t.l": [3], "s.v": None}])
        # The names can be had again with backticks.
        self.assertEqual(self.rows(made.apply_mapping([("`s.t.u`", "int", "u", "int")])), [{"u": 2}])

    def dynamo(self):
        item = {
            "name": {"S": "x"},
            "age": {"N": "7"},
            "tags": {"SS": ["p", "q"]},
            "flag": {"BOOL": True},
            "nothing": {"NULL": True},
            "map": {"M": {"city": {"S": "Ulm"}, "deep": {"M": {"z": {"N": "1"}}}}},
            "list": {"L": [{"S": "a"}, {"S": "b"}]},
            "mixed": {"L": [{"S": "a"}, {"N": "1"}]},
        }
        return self.records({"Item": item})

    def test_dynamodb(self):
        row = self.rows(self.dynamo().unnest_ddb_json())[0]
        mixed = [{"S": "a", "N": None}, {"S": None, "N": "1"}]
        flat = {
            "name": "x",
            "age": "7",
            "tags": ["p", "q"],
            "flag": True,
            "nothing": None,
            "list": ["a", "b"],
            "mixed": mixed,
        }
        self.assertEqual(row, dict(flat, **{"map.city": "Ulm", "map.deep.z": "1"}))
        row = self.rows(self.dynamo().simplify_ddb_json())[0]
        self.assertEqual(row, dict(flat, map={"city": "Ulm", "deep": {"z": "1"}}))

    def test_unbox_json(self):
        texts = ['{"x": 1, "l": [1, "a"]}', '{"x": 2, "y": {"z": 1.5}}', None]
        frame = self.frame([(n, (text, n)) for n, text in enumerate(texts)], "id int, s struct<t: string, k: int>")
        made = Unbox.apply(frame=frame, path="s.t", format="json")
        self.assertEqual(
            self.printed(made.printSchema),
            "root\n|-- id: int\n|-- s: struct\n|    |-- t: struct\n|    |    |-- x: int\n|    |    |-- l: array\n"
            "|    |    |    |-- element: choice\n|    |    |    |    |-- int\n|    |    |    |    |-- string\n"
            "|    |    |-- y: struct\n|    |    |    |-- z: double\n|    |-- k: int\n\n",
        )
        rows = self.rows(made.select_fields(["s.t.x", "s.t.y"]))
        self.assertEqual(
            rows, [{"s": {"t": {"x": 1, "y": None}}}, {"s": {"t": {"x": 2, "y": {"z": 1.5}}}}, {"s": {"t": None}}]
        )

    def test_unbox_counts_what_it_cannot_read(self):
        made = self.frame([("{",), ('{"a": 1}',)], "t string").unbox("t", "json")
        self.assertEqual((self.rows(made), made.stageErrorsCount()), ([{"t": {"a": 1}}], 1))
        self.assertEqual(self.rows(made.errorsAsDynamicFrame())[0]["error"]["dynamicRecord"], {"t": "{"})

    def test_unbox_csv_and_schemas(self):
        from awsglue.gluetypes import Field, IntegerType, StringType, StructType

        frame = self.frame([('1;"x;y"',)], "t string")
        self.assertEqual(self.rows(frame.unbox("t", "csv", separator=";")), [{"t": {"col0": "1", "col1": "x;y"}}])
        schema = StructType([Field("a", StringType()), Field("b", StringType())])
        made = frame.unbox("t", "csv", separator=";", withSchema=json.dumps(schema.jsonValue()))
        self.assertEqual(self.rows(made), [{"t": {"a": "1", "b": "x;y"}}])
        schema = StructType([Field("n", IntegerType()), Field("m", StringType())])
        made = self.frame([('{"n": 5, "k": 6}',)], "t string").unbox("t", "json", withSchema=schema)
        self.assertEqual(self.rows(made), [{"t": {"n": 5, "m": None}}])

    def test_unbox_says_what_it_cannot_do(self):
        frame = self.frame([("x", 1)], "t string, n int")
        with self.assertRaisesRegex(NotImplementedError, "'avro' needs the Glue service: here, formats are"):
            frame.unbox("t", "avro")
        with self.assertRaisesRegex(NotImplementedError, "unbox of csv with skipFirst needs the Glue service"):
            frame.unbox("t", "csv", skipFirst=True)
        with self.assertRaisesRegex(ValueError, "no field x to unbox"):
            frame.unbox("x", "json")
        with self.assertRaisesRegex(ValueError, "n is of the type int"):
            frame.unbox("n", "json")
