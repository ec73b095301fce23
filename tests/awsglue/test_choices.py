"""Fields with values of several types."""

import functools
import warnings

from awsglue.dynamicframe import ResolveOption
from awsglue.transforms import ResolveChoice
from support import GlueTest, session


class Choices(GlueTest):
    def mixed(self):
        return self.records(
            {"id": 1, "v": 5, "n": {"w": 1.5}, "l": [{"p": 1}, {"p": "2"}], "e": [1, "x"]},
            {"id": 2, "v": "6", "n": {"w": True}, "l": [], "e": None},
            {"id": 3, "v": "x", "n": None, "l": None, "e": []},
        )

    def test_schema_and_data_frame(self):
        frame = self.mixed().select_fields(["v", "n"])
        self.assertEqual(
            self.printed(frame.printSchema),
            "root\n|-- v: choice\n|    |-- int\n|    |-- string\n|-- n: struct\n|    |-- w: choice\n"
            "|    |    |-- boolean\n|    |    |-- double\n\n",
        )
        self.assertEqual(frame.schema().getField("v").dataType.typeName(), "choice")
        self.assertEqual(
            self.schema(frame),
            "struct<v:struct<int:int,string:string>,n:struct<w:struct<boolean:boolean,double:double>>>",
        )
        # What comes back from a DataFrame is a struct.
        again = type(frame).fromDF(frame.toDF(), self.context)
        self.assertEqual(again.schema().getField("v").dataType.typeName(), "struct")
        self.assertEqual(again.resolveChoice(choice="make_cols").schema(), again.schema())

    def test_functions_see_the_value(self):
        made = self.mixed().filter(lambda record: record["v"] == "6" and record["n"]["w"] is True)
        self.assertEqual([row["id"] for row in self.rows(made)], [2])
        self.assertEqual(made.schema().getField("v").dataType.typeName(), "choice")
        mapped = self.mixed().map(lambda record: {"v": str(record["v"]), "w": record["e"]})
        self.assertEqual(self.schema(mapped), "struct<v:string,w:array<struct<int:int,string:string>>>")

    def resolved(self, *specs, **options):
        made = ResolveChoice.apply(frame=self.mixed(), specs=list(specs) or None, **options)
        return made

    def test_cast(self):
        made = self.resolved(("v", "cast:long"), ("n.w", "cast:string"))
        self.assertEqual([row["v"] for row in self.rows(made)], [5, 6, None])
        self.assertEqual([row["n"] for row in self.rows(made)], [{"w": "1.5"}, {"w": "true"}, None])
        self.assertIn("v:bigint", self.schema(made))

    def test_project(self):
        made = self.resolved(("v", "project:string"))
        self.assertEqual([row["v"] for row in self.rows(made)], [None, "6", "x"])
        wider = self.resolved(("v", "project:long")).select_fields(["v"])
        self.assertEqual(
            (self.schema(wider), [r["v"] for r in self.rows(wider)]), ("struct<v:bigint>", [5, None, None])
        )

    def test_make_cols(self):
        made = self.resolved(("v", "make_cols"), ("n.w", "make_cols")).select_fields(["v_int", "v_string", "n"])
        self.assertEqual(
            self.rows(made),
            [
                {"v_int": 5, "v_string": None, "n": {"w_boolean": None, "w_double": 1.5}},
                {"v_int": None, "v_string": "6", "n": {"w_boolean": True, "w_double": None}},
                {"v_int": None, "v_string": "x", "n": None},
            ],
        )

    def test_make_struct(self):
        made = self.resolved(("v", "make_struct"))
        self.assertEqual(made.schema().getField("v").dataType.typeName(), "struct")
        self.assertEqual(self.rows(made)[1]["v"], {"int": None, "string": "6"})

    def test_in_arrays(self):
        made = self.resolved(("l[].p", "cast:int"), ("e[]", "cast:string")).select_fields(["l", "e"])
        self.assertEqual(self.schema(made), "struct<l:array<struct<p:int>>,e:array<string>>")
        self.assertEqual(self.rows(made)[0], {"l": [{"p": 1}, {"p": 2}], "e": ["1", "x"]})
        self.assertEqual(self.rows(self.resolved(("e", "project:int")))[0]["e"], [1, None])
        with self.assertRaisesRegex(ValueError, "elements of e can only become one column"):
            self.resolved(("e", "make_cols"))

    def test_all_at_once(self):
        made = self.resolved(choice="cast:string")
        self.assertEqual(
            self.schema(made), "struct<id:int,v:string,n:struct<w:string>,l:array<struct<p:string>>,e:array<string>>"
        )
        self.assertIn("v_int:int,v_string:string", self.schema(self.resolved(("l.p", "make_cols"), ("v", "make_cols"))))

    def test_what_is_no_choice_is_cast_all_the_same(self):
        frame = self.frame([("1", [1], "x")], "a string, l array<int>, b string")
        made = frame.resolveChoice(specs=[("a", "cast:int"), ("l[]", "cast:string"), ("b", "make_cols")])
        self.assertEqual(self.schema(made), "struct<a:int,l:array<string>,b:string>")

    def test_match_catalog(self):
        session().sql("CREATE DATABASE IF NOT EXISTS choices")
        session().sql("DROP TABLE IF EXISTS choices.t")
        folder = self.folder()
        session().sql(
            "CREATE TABLE choices.t (ID string, V bigint, n struct<w: string>, l array<struct<p: double>>) "
            "USING json LOCATION 'file:%s'" % folder
        )
        made = self.resolved(choice="match_catalog", database="choices", table_name="t")
        session().sql("DROP TABLE choices.t")
        self.assertEqual(
            made.toDF().drop("e").schema.simpleString(),
            "struct<id:int,v:bigint,n:struct<w:string>,l:array<struct<p:double>>>",
        )
        # What the table does not have stays.
        self.assertEqual(made.schema().getField("e").dataType.elementType.typeName(), "choice")

    def test_what_is_refused(self):
        frame = self.frame([(1,)], "a int")
        for options, kind, text in (
            ({}, ValueError, "either specs or choice"),
            ({"specs": [("a", "cast:int")], "choice": "make_cols"}, ValueError, "either specs or choice"),
            ({"choice": "match_catalog"}, ValueError, "needs database and table_name"),
            ({"choice": "match_catalog", "database": "d"}, ValueError, "needs database and table_name"),
            ({"specs": [("a", "match_catalog")]}, ValueError, "no action of specs"),
            ({"specs": [("a", "cast")]}, ValueError, "needs a type"),
            ({"specs": [("a", "cast:itn")]}, ValueError, "no type 'itn'"),
            ({"specs": [("a", "cast:struct")]}, ValueError, "type of values"),
            ({"choice": "make_colls"}, ValueError, "There is no action 'make_colls'; actions are"),
            ({"specs": ["a"]}, ValueError, "has to be \\(path, action\\)"),
            ({"specs": "a"}, TypeError, "list of"),
        ):
            with self.subTest(options), self.assertRaisesRegex(kind, text):
                frame.resolveChoice(**options)
        with self.assertRaisesRegex(UserWarning, "finds no field b"):
            frame.resolveChoice(specs=[("b", "cast:int")])
        # It is told of the user's own line, however deep below it that was found.
        for resolve in (frame.resolveChoice, functools.partial(ResolveChoice.apply, frame)):
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                resolve(specs=[("b", "cast:int")])
            self.assertEqual([warning.filename for warning in told], [__file__])

    def test_options_of_the_data_frame(self):
        frame = self.mixed().select_fields(["v", "n"])
        made = frame.toDF([ResolveOption("v", "Project", "int"), ResolveOption("n.w", "KeepAsStruct")])
        self.assertEqual(made.schema.simpleString(), "struct<v:int,n:struct<w:struct<boolean:boolean,double:double>>>")
        with self.assertRaisesRegex(TypeError, "list of ResolveOption"):
            frame.toDF({"v": "int"})

    def test_union_of_different_types(self):
        one = self.frame([(1, (1,), [1])], "a int, s struct<x: int>, l array<int>")
        other = self.frame(
            [("x", ("y", 2.0), ["z"], 3)], "a string, s struct<x: string, y: double>, l array<string>, b long"
        )
        made = one.union(other)
        self.assertEqual(
            self.printed(made.show),
            '{"a": 1, "s": {"x": 1, "y": null}, "l": [1], "b": null}\n'
            '{"a": "x", "s": {"x": "y", "y": 2.0}, "l": ["z"], "b": 3}\n\n',
        )
        self.assertEqual(made.schema().getField("a").dataType.typeName(), "choice")
        again = made.union(self.frame([(2.5,)], "a double"))
        self.assertEqual(sorted(again.schema().getField("a").dataType.choices), ["double", "int", "string"])
        self.assertEqual(
            [r["a"] for r in self.rows(again.resolveChoice(specs=[("a", "cast:string")]))], ["1", "x", "2.5"]
        )
