"""Records that are joined, split, merged, counted, shown and written."""

import decimal

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from awsglue.transforms import (
    Coalesce,
    DropFields,
    FlatMap,
    Join,
    MapToCollection,
    Repartition,
    SelectFromCollection,
    Spigot,
    SplitRows,
    Union,
)
from support import GlueTest, session


class Rows(GlueTest):
    def test_join(self):
        people = self.frame([(1, "Ann"), (2, "Bob"), (None, "Nil")], "id int, name string")
        orders = self.frame([(10, 1), (11, 1), (12, None)], "id int, person int")
        made = Join.apply(frame1=people, frame2=orders, keys1=["id"], keys2=["person"])
        self.assertEqual(self.schema(made), "struct<id:int,name:string,.id:int,person:int>")
        self.assertEqual(sorted(r[".id"] for r in self.rows(made)), [10, 11])
        self.assertEqual(self.schema(made.drop_fields([".id", "person"])), "struct<id:int,name:string>")
        self.assertEqual(self.schema(made.drop_fields(["`.id`"])), "struct<id:int,name:string,person:int>")
        # The boilerplate gives one key as a string.
        same = people.join("id", "id", people)
        self.assertEqual(self.rows(same)[0], {"id": 1, "name": "Ann", ".id": 1, ".name": "Ann"})
        thrice = same.join(["id", "name"], ["id", "name"], people)
        self.assertEqual(thrice.toDF().columns, ["id", "name", ".id", ".name", "..id", "..name"])
        nested = self.frame([((1,), "x")], "k struct<n: int>, v string").join(["k.n"], ["id"], people)
        self.assertEqual(self.rows(nested), [{"k": {"n": 1}, "v": "x", "id": 1, "name": "Ann"}])

    def test_join_refuses(self):
        frame = self.frame([(1, 2)], "a int, b int")
        with self.assertRaisesRegex(ValueError, "no field c, which paths2 names"):
            frame.join(["a"], ["c"], frame)
        with self.assertRaisesRegex(ValueError, "not 2 and 1"):
            frame.join(["a", "b"], ["a"], frame)
        with self.assertRaisesRegex(TypeError, "not DataFrame: make one with DynamicFrame.fromDF"):
            frame.join(["a"], ["a"], frame.toDF())
        choices = self.records({"a": 1}, {"a": "x"})
        with self.assertRaisesRegex(ValueError, "The key a has values of several types"):
            frame.join(["a"], ["a"], choices)

    def test_union_is_by_name(self):
        made = Union.apply(
            frame1=self.frame([(1, "x")], "a int, b string"), frame2=self.frame([(3, 2)], "c int, a long")
        )
        self.assertEqual(self.schema(made), "struct<a:bigint,b:string,c:int>")
        self.assertEqual(self.rows(made), [{"a": 1, "b": "x", "c": None}, {"a": 2, "b": None, "c": 3}])

    def test_merge(self):
        source = self.frame([(1, "a"), (1, "b"), (2, "c"), (None, "d")], "id int, v string")
        stage = self.frame([(2, "C"), (3, "new"), (3, "twice")], "id int, v string")
        made = source.mergeDynamicFrame(stage, ["id"])
        found = sorted(self.rows(made), key=lambda row: (row["id"] or 0, row["v"]))
        self.assertEqual(
            [(r["id"], r["v"]) for r in found], [(None, "d"), (1, "a"), (1, "b"), (2, "C"), (3, "new"), (3, "twice")]
        )
        with self.assertRaisesRegex(ValueError, "no field x, which primary_keys names"):
            source.mergeDynamicFrame(stage, ["x"])

    def test_split_rows(self):
        frame = self.frame([(n, (n * 2,)) for n in (1, 5, 9)] + [(None, (None,))], "n int, s struct<m: int>")
        made = SplitRows.apply(frame=frame, comparison_dict={"n": {">": 1, "<": 9}, "s.m": {"<=": 10}})
        self.assertEqual([row["n"] for row in self.rows(made["frame1"])], [5])
        self.assertEqual([row["n"] for row in self.rows(made["frame2"])], [1, 9, None])
        for sign, found in ((">=", [5, 9]), ("<", [1]), ("==", [5]), ("=", [5]), ("!=", [1, 9])):
            with self.subTest(sign):
                rows = self.rows(frame.split_rows({"n": {sign: 5}}, "a", "b")["a"])
                self.assertEqual([row["n"] for row in rows], found)
        for wrong, kind, text in (
            ({"n": {"~": 1}}, ValueError, "no comparison '~'"),
            ({"x": {">": 1}}, ValueError, "no field x to compare"),
            ({"n": 1}, TypeError, "comparisons of n"),
            ([], TypeError, "has to be a dictionary"),
        ):
            with self.subTest(wrong), self.assertRaisesRegex(kind, text):
                frame.split_rows(wrong, "a", "b")

    def test_partitions(self):
        frame = self.frame([(n,) for n in range(8)], "n int")
        self.assertEqual(Repartition.apply(frame, 3).getNumPartitions(), 3)
        self.assertEqual(Coalesce.apply(frame, num_partitions=1).getNumPartitions(), 1)
        self.assertEqual(frame.coalesce(4, shuffle=True).getNumPartitions(), 4)
        self.assertEqual(frame.coalesce(4).getNumPartitions(), frame.getNumPartitions())

    def test_spigot_writes_some_and_passes_on_all(self):
        frame, folder = self.frame([(n,) for n in range(50)], "n int").coalesce(1), self.folder()
        made = Spigot.apply(frame=frame, path=folder, options={"topk": 3})
        self.assertEqual(made.count(), 50)
        self.assertEqual(self.written(folder), [{"n": 0}, {"n": 1}, {"n": 2}])
        whole = self.folder()
        frame.spigot(whole, {"prob": 1.0})
        self.assertEqual(len(self.written(whole)), 50)
        none = self.folder()
        frame.spigot(none, {"prob": 0.0})
        self.assertEqual(self.written(none), [])
        with self.assertRaisesRegex(ValueError, "options topk and prob, not 'top'"):
            frame.spigot(none, {"top": 1})

    def test_show(self):
        row = (1, 'ä"', None, 1.5, decimal.Decimal("2.50"), (True, [1, 2]), {"k": "v"}, bytearray(b"x"))
        frame = self.frame(
            [row, row],
            "a int, b string, c string, d double, e decimal(5,2), f struct<g: boolean, h: array<int>>,"
            " i map<string, string>, j binary",
        )
        text = '{"a": 1, "b": "ä\\"", "c": null, "d": 1.5, "e": 2.50, "f": {"g": true, "h": [1, 2]}, '
        text += '"i": {"k": "v"}, "j": "eA=="}\n'
        self.assertEqual(self.printed(frame.show), text * 2 + "\n")
        self.assertEqual(self.printed(frame.show, 1), text + "\n")

    def test_print_schema(self):
        frame = self.frame(
            [], "a bigint, b array<struct<c: smallint>>, d map<string, double>, e decimal(5,2), f timestamp"
        )
        self.assertEqual(
            self.printed(frame.printSchema),
            "root\n|-- a: long\n|-- b: array\n|    |-- element: struct\n|    |    |-- c: short\n|-- d: map\n"
            "|    |-- keyType: string\n|    |-- valueType: double\n|-- e: decimal\n|-- f: timestamp\n\n",
        )

    def test_from_and_to_data_frames(self):
        frame = self.frame([(1,)], "a int", "named")
        self.assertEqual((frame.name, frame.glue_ctx), ("named", self.context))
        self.assertEqual(DynamicFrame.fromDF(frame.toDF(), self.context).name, "")
        self.assertEqual(frame.toDF().groupBy("a").count().collect()[0].asDict(), {"a": 1, "count": 1})
        with self.assertRaisesRegex(TypeError, "not DynamicFrame, which is a DynamicFrame already"):
            DynamicFrame.fromDF(frame, self.context, "x")
        with self.assertRaisesRegex(TypeError, "needs a Spark DataFrame, not list"):
            DynamicFrame.fromDF([], self.context, "x")

    def test_write_goes_to_the_context(self):
        frame = self.frame([(1,)], "a int")
        self.assertEqual(
            frame.write("s3", {"path": "p"}, "json", {"x": 1}), (frame, "s3", {"path": "p"}, "json", {"x": 1})
        )

    def test_an_empty_frame_goes_through_all_steps(self):
        frame = DynamicFrame.fromDF(session().createDataFrame([], "a int, s struct<b: array<int>>"), self.context, "e")
        made = frame.map(lambda record: record).filter(lambda record: True)
        self.assertEqual((made.count(), self.schema(made)), (0, "struct<>"))
        self.assertEqual([table.count() for table in frame.relationalize("r", "").values()], [0, 0])
        self.assertEqual(made.unnest().select_fields(["x"]).drop_fields(["y"]).union(frame).count(), 0)
        self.assertEqual(self.printed(made.printSchema), "root\n\n")


class Collections(GlueTest):
    def collection(self):
        return DynamicFrameCollection(
            {"one": self.frame([(1, 2)], "a int, b int", "one"), "two": self.frame([(3, 4)], "a int, c int", "two")},
            self.context,
        )

    def test_collection(self):
        made = self.collection()
        self.assertEqual((len(made), list(made.keys())), (2, ["one", "two"]))
        self.assertEqual(self.rows(SelectFromCollection.apply(dfc=made, key="two")), [{"a": 3, "c": 4}])
        self.assertEqual([frame.name for frame in made.values()], ["one", "two"])
        with self.assertRaises(KeyError):
            made["three"]
        with self.assertRaisesRegex(UserWarning, "no frame 'three', but 'one', 'two'"):
            made.select("three")
        listed = DynamicFrameCollection(list(made.values()), self.context)
        self.assertEqual(list(listed.keys()), ["one", "two"])
        with self.assertRaisesRegex(TypeError, "A DynamicFrame is needed, not DataFrame"):
            DynamicFrameCollection({"a": made["one"].toDF()}, self.context)

    def test_map(self):
        contexts = []

        def drop(frame, transformation_ctx):
            contexts.append(transformation_ctx)
            return frame.drop_fields(["a"])

        made = MapToCollection.apply(dfc=self.collection(), callable=drop, transformation_ctx="ctx")
        self.assertEqual(
            {name: self.rows(frame) for name, frame in made.items()}, {"one": [{"b": 2}], "two": [{"c": 4}]}
        )
        self.assertEqual(contexts, ["ctx", "ctx"])
        self.assertEqual(len(self.collection().map(lambda frame: frame)), 2)

    def test_flat_map(self):
        made = FlatMap.apply(self.collection(), DropFields, "frame", paths=["a"])
        self.assertEqual(
            {name: self.rows(frame) for name, frame in made.items()}, {"one": [{"b": 2}], "two": [{"c": 4}]}
        )
        split = self.collection().flatmap(lambda frame: frame.split_fields(["a"], "left", "right"))
        self.assertEqual(list(split.keys()), ["left", "right", "two_left", "two_right"])
