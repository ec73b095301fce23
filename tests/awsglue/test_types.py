"""Types and paths, without Spark's machine."""

import json
import subprocess
import sys
import unittest

from awsglue import _kinds, _paths, gluetypes
from pyspark.sql import types as T

ALL = gluetypes.StructType(
    [
        gluetypes.Field("a", gluetypes.LongType()),
        gluetypes.Field("b", gluetypes.ArrayType(gluetypes.DecimalType(12, 3))),
        gluetypes.Field("c", gluetypes.MapType(gluetypes.StructType([gluetypes.Field("d", gluetypes.DateType())]))),
        gluetypes.Field("e", gluetypes.ChoiceType([gluetypes.IntegerType(), gluetypes.StringType()])),
        gluetypes.Field("f", gluetypes.ArrayType(gluetypes.ChoiceType([gluetypes.NullType(), gluetypes.BinaryType()]))),
    ]
)


class Types(unittest.TestCase):
    def test_types_survive_json_and_spark(self):
        self.assertEqual(gluetypes.deserialize(json.loads(json.dumps(ALL.jsonValue()))), ALL)
        self.assertEqual(gluetypes.from_spark(gluetypes.to_spark(ALL)), ALL)
        for name in ("set", "enum"):
            made = {"set": gluetypes.SetType(gluetypes.ByteType()), "enum": gluetypes.EnumType(["x"])}[name]
            self.assertEqual(gluetypes.deserialize(made.jsonValue()), made)

    def test_json_of_the_documentation(self):
        schema = gluetypes.StructType([gluetypes.Field("id", gluetypes.IntegerType())])
        self.assertEqual(
            schema.jsonValue(),
            {
                "dataType": "struct",
                "properties": {},
                "fields": [{"name": "id", "container": {"dataType": "int", "properties": {}}, "properties": {}}],
            },
        )

    def test_what_is_no_type_is_refused(self):
        for wrong in (None, 1, {}, {"dataType": "itn"}, {"dataType": "struct"}, {"dataType": "struct", "fields": [1]}):
            with self.subTest(wrong), self.assertRaises(ValueError):
                gluetypes.deserialize(wrong)
        with self.assertRaisesRegex(TypeError, "str is no type"):
            gluetypes.to_spark("int")
        with self.assertRaisesRegex(ValueError, "has a field 'a' already"):
            gluetypes.StructType([gluetypes.Field("a", gluetypes.IntegerType())] * 2)

    def test_structs_and_choices(self):
        self.assertTrue(ALL.hasField("e") and not ALL.hasField("x"))
        choice = ALL.getField("e").dataType
        with self.assertRaises(ValueError):
            choice.add(gluetypes.StringType())
        self.assertEqual([field.name for field in ALL], ["a", "b", "c", "e", "f"])

    def test_merging_is_the_same_in_any_order(self):
        kinds = [
            T.NullType(),
            T.IntegerType(),
            T.LongType(),
            T.DoubleType(),
            T.StringType(),
            T.DecimalType(5, 2),
            T.DecimalType(7, 6),
            T.ArrayType(T.IntegerType()),
            T.ArrayType(T.StringType()),
            T.StructType([T.StructField("a", T.IntegerType())]),
            T.StructType([T.StructField("a", T.StringType())]),
            T.MapType(T.StringType(), T.IntegerType()),
            _kinds.choice([T.IntegerType(), T.StringType()]),
        ]
        for one in kinds:
            self.assertEqual(_kinds.merge(one, one), one)
            for two in kinds:
                self.assertEqual(_kinds.merge(one, two), _kinds.merge(two, one))
                for three in kinds:
                    left = _kinds.merge(_kinds.merge(one, two), three)
                    right = _kinds.merge(one, _kinds.merge(two, three))
                    self.assertEqual(left, right, (one, two, three))

    def test_paths(self):
        for path, names in (
            ("a", ("a",)),
            ("a.b", ("a", "b")),
            ("`a.b`.c", ("a.b", "c")),
            ("a``b", ("ab",)),
            ("`a``b`", ("a`b",)),
            ("a[].b", ("a", "b")),
            ("a.b[]", ("a", "b")),
            ("`a.b`[].c", ("a.b", "c")),
            (".id", (".id",)),
            ("`.id`", (".id",)),
            ("a b.ü", ("a b", "ü")),
        ):
            self.assertEqual(_paths.parse(path), names, path)
        for path in ("", "a..b", "a.", "`a", "."):
            with self.subTest(path), self.assertRaises(ValueError):
                _paths.parse(path)
        for names in (("a",), ("a.b", "c"), ("a`b", "d")):
            self.assertEqual(_paths.parse(_paths.write(names)), names)

    def test_workers_do_not_pay_for_the_whole_package(self):
        code = "import sys, awsglue._records; print(*sorted(m for m in sys.modules if m.startswith('awsglue')))"
        made = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
        self.assertEqual(made.stdout.decode().split(), ["awsglue", "awsglue._kinds", "awsglue._records"])


class Services(unittest.TestCase):
    def test_what_needs_the_service_says_so(self):
        from awsgluedq.transforms import EvaluateDataQuality
        from awsglueml.transforms import FillMissingValues, FindIncrementalMatches, FindMatches

        for made in (FindMatches, FindIncrementalMatches, FillMissingValues, EvaluateDataQuality):
            with self.subTest(made), self.assertRaisesRegex(
                NotImplementedError, "^%s needs the Glue service: " % made.__name__
            ):
                made.apply(frame=None)
        with self.assertRaisesRegex(NotImplementedError, "^EvaluateDataQuality needs"):
            EvaluateDataQuality().process_rows(frame=None)


if __name__ == "__main__":
    unittest.main()
