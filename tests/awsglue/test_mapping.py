"""ApplyMapping, and fields that are chosen, left out, renamed."""

import datetime
import decimal

from awsglue.transforms import ApplyMapping, DropFields, DropNullFields, RenameField, SelectFields, SplitFields
from support import GlueTest

NESTED = "id int, address struct<city: string, zip: struct<code: string, area: int>>, `a.b` int"
ROW = (1, ("Ulm", ("89073", 7)), 5)


class Mapping(GlueTest):
    def test_fields_are_renamed_and_cast_and_others_left_out(self):
        frame = self.frame([("7", 2.5, "x", "gone")], "a string, b double, c string, d string")
        made = ApplyMapping.apply(
            frame=frame,
            mappings=[("b", "double", "B", "int"), ("a", "string", "A", "long"), ("c", "string", "c", "string")],
        )
        self.assertEqual(self.schema(made), "struct<B:int,A:bigint,c:string>")
        self.assertEqual(self.rows(made), [{"B": 2, "A": 7, "c": "x"}])

    def test_all_types_can_be_cast_to(self):
        frame = self.frame([("2024-02-29 10:20:30", "12.345")], "t string, n string")
        mappings = [
            ("t", "string", "timestamp", "timestamp"),
            ("t", "string", "date", "date"),
            ("n", "string", "decimal", "decimal(6,2)"),
            ("n", "string", "plain", "decimal"),
            ("n", "string", "double", "double"),
            ("n", "string", "float", "float"),
            ("n", "string", "int", "int"),
            ("n", "string", "bigint", "bigint"),
            ("n", "string", "tinyint", "tinyint"),
            ("n", "string", "short", "smallint"),
            ("n", "string", "varchar", "varchar(10)"),
            ("n", "string", "binary", "binary"),
            ("t", "string", "boolean", "boolean"),
        ]
        made = frame.apply_mapping(mappings)
        self.assertEqual(
            self.schema(made),
            "struct<timestamp:timestamp,date:date,decimal:decimal(6,2),plain:decimal(10,2),double:double,float:float,"
            "int:int,bigint:bigint,tinyint:tinyint,short:smallint,varchar:string,binary:binary,boolean:boolean>",
        )
        row = self.rows(made)[0]
        self.assertEqual(row["timestamp"], datetime.datetime(2024, 2, 29, 10, 20, 30))
        self.assertEqual(row["date"], datetime.date(2024, 2, 29))
        # Half up, or Spark would not have cast it.
        self.assertEqual((row["decimal"], row["int"]), (decimal.Decimal("12.35"), 12))
        self.assertIsNone(row["boolean"])

    def test_what_cannot_be_cast_is_null(self):
        made = self.frame([("x",), ("3",)], "a string").apply_mapping([("a", "string", "a", "int")])
        self.assertEqual(self.rows(made), [{"a": None}, {"a": 3}])

    def test_dots_lead_into_structs_and_make_structs(self):
        mappings = [
            ("address.zip.code", "string", "place.code", "int"),
            ("id", "int", "place.inner.id", "string"),
            ("address.city", "string", "city", "string"),
            ("address.zip", "struct", "zip", "struct"),
        ]
        made = self.frame([ROW, (2, None, 6)], NESTED).apply_mapping(mappings)
        self.assertEqual(
            self.schema(made),
            "struct<place:struct<code:int,inner:struct<id:string>>,city:string,zip:struct<code:string,area:int>>",
        )
        first, second = self.rows(made)
        self.assertEqual(first["place"], {"code": 89073, "inner": {"id": "1"}})
        self.assertEqual(first["zip"], {"code": "89073", "area": 7})
        self.assertEqual(second, {"place": {"code": None, "inner": {"id": "2"}}, "city": None, "zip": None})

    def test_backticks_make_one_name_of_a_name_with_dots(self):
        made = self.frame([ROW], NESTED).apply_mapping([("`a.b`", "int", "x", "int"), ("id", "int", "`c.d`", "int")])
        self.assertEqual(self.rows(made), [{"x": 5, "c.d": 1}])

    def test_case_of_sources_counts_only_if_asked(self):
        frame = self.frame([(1,)], "Name int")
        self.assertEqual(self.rows(frame.apply_mapping([("name", "int", "n", "int")])), [{"n": 1}])
        with self.assertRaisesRegex(UserWarning, "finds no field name, so n is left out"):
            ApplyMapping.apply(frame, [("name", "int", "n", "int")], case_sensitive=True)

    def test_two_and_three_items(self):
        made = self.frame([(1, "2")], "a int, b string").apply_mapping([("a", "x.y"), ("b", "c", "long")])
        self.assertEqual(self.schema(made), "struct<x:struct<y:int>,c:bigint>")

    def test_wrong_mappings_are_refused(self):
        frame = self.frame([(1,)], "a int")
        for mappings, kind, text in (
            ([["a", "int", "a", "int"]], TypeError, "has to be a tuple, and this is list"),
            (("a", "int", "a", "int"), TypeError, "list of tuples"),
            ([("a",)], ValueError, "2, 3 or 4 items, and this has 1"),
            ([("a", "int", "a", "int", "x")], ValueError, "this has 5"),
            ([("a", "int", "a", "itn")], ValueError, "no type 'itn'"),
            ([("a", "itn", "a", "int")], ValueError, "no type 'itn'"),
            ([("a", "int", "a", "decimal(40,2)")], ValueError, "1 to 38 digits"),
            ([("a", "int", "b", "int"), ("a", "int", "b.c", "int")], ValueError, "Two mappings make b"),
            ([("a", "int", "b.c", "int"), ("a", "int", "b", "int")], ValueError, "Two mappings make b"),
            ([("`a", "int", "b", "int")], ValueError, "backtick that is not closed"),
            ([(1, "int", "b", "int")], TypeError, "A path is a string"),
        ):
            with self.subTest(mappings), self.assertRaisesRegex(kind, text):
                frame.apply_mapping(mappings)

    def test_arrays_cannot_be_looked_into(self):
        frame = self.frame([([(1,)],)], "a array<struct<b: int>>")
        with self.assertRaisesRegex(UserWarning, "cannot look into arrays"):
            frame.apply_mapping([("a.b", "int", "b", "int")])
        made = frame.apply_mapping([("a", "array", "c", "array<struct<b:string>>")])
        self.assertEqual(self.rows(made), [{"c": [{"b": "1"}]}])

    def test_maps_are_looked_into_by_key(self):
        frame = self.frame([({"x": 1},)], "m map<string, int>")
        self.assertEqual(self.rows(frame.apply_mapping([("m.x", "int", "x", "string")])), [{"x": "1"}])

    def test_a_choice_is_cast_from_each_of_its_types(self):
        made = self.records({"a": 1}, {"a": "2"}, {"a": "x"}).apply_mapping([("a", "choice", "a", "int")])
        self.assertEqual(self.rows(made), [{"a": 1}, {"a": 2}, {"a": None}])


class Fields(GlueTest):
    def test_select(self):
        frame = self.frame([ROW, (2, None, 6)], NESTED)
        made = SelectFields.apply(frame=frame, paths=["address.zip.area", "`a.b`", "no"])
        self.assertEqual(self.schema(made), "struct<address:struct<zip:struct<area:int>>,a.b:int>")
        self.assertEqual(self.rows(made)[0], {"address": {"zip": {"area": 7}}, "a.b": 5})
        self.assertEqual(self.rows(made)[1], {"address": None, "a.b": 6})
        self.assertEqual(self.schema(frame.select_fields(["address"])).count("struct"), 3)

    def test_drop(self):
        frame = self.frame([ROW], NESTED)
        made = DropFields.apply(frame, ["address.zip.area", "id"])
        self.assertEqual(self.rows(made), [{"address": {"city": "Ulm", "zip": {"code": "89073"}}, "a.b": 5}])
        self.assertEqual(self.rows(frame.drop_fields("address")), [{"id": 1, "a.b": 5}])
        # Dots without backticks are a path, and there is no struct a.
        self.assertEqual(self.schema(frame.drop_fields(["a.b"])), self.schema(frame))
        self.assertEqual(self.rows(frame.drop_fields(["address", "`a.b`"])), [{"id": 1}])
        # A struct without fields is no field.
        self.assertEqual(self.rows(frame.drop_fields(["address.city", "address.zip"])), [{"id": 1, "a.b": 5}])

    def test_fields_in_arrays_are_reached(self):
        frame = self.frame([([(1, 2)], 3)], "a array<struct<b: int, c: int>>, d int")
        self.assertEqual(self.rows(frame.drop_fields(["a.b"])), [{"a": [{"c": 2}], "d": 3}])
        self.assertEqual(self.rows(frame.select_fields(["a[].b"])), [{"a": [{"b": 1}]}])
        self.assertEqual(self.rows(frame.rename_field("a.b", "a.x")), [{"a": [{"x": 1, "c": 2}], "d": 3}])

    def test_paths_have_to_be_strings(self):
        frame = self.frame([ROW], NESTED)
        for paths in (1, None, [1], {"id": 1}):
            with self.subTest(paths), self.assertRaises(TypeError):
                frame.select_fields(paths)
        with self.assertRaisesRegex(ValueError, "empty name"):
            frame.drop_fields(["address..zip"])

    def test_rename(self):
        frame = self.frame([ROW], NESTED)
        made = RenameField.apply(frame, "id", "key").rename_field("address.zip.code", "address.zip.plz")
        made = made.rename_field("`a.b`", "ab")
        self.assertEqual(
            self.schema(made), "struct<key:int,address:struct<city:string,zip:struct<plz:string,area:int>>,ab:int>"
        )
        # A name that stands alone stays where it was; another path is another place.
        self.assertIn("struct<town:string,", self.schema(frame.rename_field("address.city", "town")))
        moved = (
            frame.rename_field("address.city", "id2.city")
            .rename_field("id", "address.zip.id")
            .rename_field("`a.b`", "`x.y`")
        )
        self.assertEqual(
            self.rows(moved),
            [{"address": {"zip": {"code": "89073", "area": 7, "id": 1}}, "x.y": 5, "id2": {"city": "Ulm"}}],
        )
        with self.assertRaisesRegex(UserWarning, "finds no field a.b"):
            frame.rename_field("a.b", "c")

    def test_split(self):
        frames = SplitFields.apply(self.frame([ROW], NESTED), ["id", "address.city"], "one", "two")
        self.assertEqual(list(frames.keys()), ["one", "two"])
        self.assertEqual(self.rows(frames["one"]), [{"id": 1, "address": {"city": "Ulm"}}])
        self.assertEqual(self.rows(frames["two"]), [{"address": {"zip": {"code": "89073", "area": 7}}, "a.b": 5}])
        self.assertEqual([frame.name for frame in frames.values()], ["one", "two"])
        self.assertEqual(list(SplitFields.apply(self.frame([ROW], NESTED), ["id"]).keys()), ["frame1", "frame2"])

    def test_null_fields_are_those_of_the_null_type(self):
        frame = self.frame([(1, None, (None, 2), None)], "a int, n void, s struct<n: void, x: int>, b string")
        made = DropNullFields.apply(frame)
        self.assertEqual(self.rows(made), [{"a": 1, "s": {"x": 2}, "b": None}])
        records = self.records({"a": 1, "n": None}, {"a": 2, "n": None})
        self.assertEqual(self.printed(records.printSchema), "root\n|-- a: int\n|-- n: null\n\n")
        self.assertEqual(self.rows(DropNullFields.apply(frame=records)), [{"a": 1}, {"a": 2}])
