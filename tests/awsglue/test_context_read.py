"""Reading files and tables through a GlueContext."""

import gzip
import json

from common import BUCKET, DATABASE, Case, heard

from awsglue import _local
from awsglue.context import DynamicFrame, GlueContext


class Context(Case):
    def test_it_is_made_of_a_context_a_session_or_nothing(self):
        for given in (self.spark.sparkContext, self.spark, None):
            self.assertEqual(GlueContext(given).spark_session.version, self.spark.version)
        with self.assertRaises(TypeError):
            GlueContext("spark")

    def test_it_is_a_context_of_sparks(self):
        self.assertEqual(self.glue.sql("select 1 as one").collect()[0].one, 1)
        self.assertIsNotNone(self.glue._jsc.hadoopConfiguration())

    def test_rows_of_python_become_a_frame(self):
        frame = self.glue.create_dynamic_frame.from_rdd([(1, "a")], "two", ["id", "name"])
        self.assertIsInstance(frame, DynamicFrame)
        self.assertEqual(self.rows(frame), [{"id": 1, "name": "a"}])

    def test_what_needs_a_service_says_so_by_name(self):
        for kind in ("dynamodb", "kafka", "kinesis", "marketplace.spark", "snowflake"):
            with self.subTest(kind), self.assertRaisesRegex(NotImplementedError, kind):
                self.glue.create_dynamic_frame.from_options(kind, {})
        with self.assertRaisesRegex(ValueError, "postgresql"):
            self.glue.create_dynamic_frame.from_options("postgres", {})
        with self.assertRaisesRegex(NotImplementedError, "start_transaction"):
            self.glue.start_transaction(False)


class Csv(Case):
    def test_without_a_header_columns_are_numbered_and_all_are_texts(self):
        self.put("a.csv", "1,x\n2,\n")
        self.assertEqual(self.rows(self.read("csv")), [{"col0": "1", "col1": "x"}, {"col0": "2", "col1": ""}])

    def test_a_header_names_the_columns(self):
        self.put("a.csv", 'id;text\n1;"a ""b"" ; c"\n')
        frame = self.read("csv", {"withHeader": True, "separator": ";"})
        self.assertEqual(frame.dtypes, [("id", "string"), ("text", "string")])
        self.assertEqual(self.rows(frame), [{"id": "1", "text": 'a "b" ; c'}])

    def test_options_as_text_and_quoting_turned_off(self):
        self.put("a.csv", 'id\n"x\n')
        self.assertEqual(self.rows(self.read("csv", {"withHeader": "true", "quoteChar": "-1"})), [{"id": '"x'}])
        self.assertEqual(len(self.rows(self.read("csv", {"withHeader": "false", "quoteChar": -1}))), 2)

    def test_an_escape_character(self):
        self.put("a.csv", '"a\\",b",c\n')
        self.assertEqual(self.rows(self.read("csv", {"escaper": "\\"})), [{"col0": 'a",b', "col1": "c"}])

    def test_records_over_several_lines(self):
        self.put("a.csv", 'id,t\n1,"x\ny"\n')
        frame = self.read("csv", {"withHeader": True, "multiLine": True})
        self.assertEqual(self.rows(frame), [{"id": "1", "t": "x\ny"}])

    def test_each_file_has_its_own_header(self):
        self.put("a.csv", "id,name\n1,x\n")
        self.put("b.csv", "name,id,more\ny,2,z\n")
        self.put("c.csv", "id,name\n3,w\n")
        self.assertEqual(
            self.rows(self.read("csv", {"withHeader": True})),
            [
                {"id": "1", "name": "x", "more": None},
                {"id": "2", "name": "y", "more": "z"},
                {"id": "3", "name": "w", "more": None},
            ],
        )

    def test_first_lines_may_be_skipped(self):
        self.put("a.csv", "id\nskip\n1\n")
        self.put("b.csv", "id\nskip\n2\n")
        found = self.rows(self.read("csv", {"withHeader": True, "skipFirst": True}))
        self.assertEqual(found, [{"id": "1"}, {"id": "2"}])
        self.assertEqual(len(self.rows(self.read("csv", {"skipFirst": True}))), 4)

    def test_compressed_files(self):
        self.put("a.csv.gz", gzip.compress(b"id\n1\n"))
        self.assertEqual(self.rows(self.read("csv", {"withHeader": True})), [{"id": "1"}])

    def test_the_file_a_row_comes_from(self):
        address = self.put("a.csv", "id\n1\n")
        found = self.rows(self.read("csv", {"withHeader": True, "attachFilename": "file"}))
        self.assertEqual(found[0]["file"].split("/")[-1], address.split("/")[-1])


class Paths(Case):
    def test_a_list_is_required(self):
        with self.assertRaisesRegex(TypeError, "list"):
            self.glue.create_dynamic_frame.from_options("s3", {"paths": self.address}, "csv")
        with self.assertRaisesRegex(ValueError, "paths"):
            self.glue.create_dynamic_frame.from_options("s3", {}, "csv")

    def test_files_of_this_disk(self):
        self.put("a.csv", "1\n")
        for path in (str(self.folder), self.folder.as_uri(), str(self.folder / "*.csv")):
            self.assertEqual(len(self.rows(self.read("csv", paths=[path]))), 1, path)

    def test_names_that_look_like_patterns(self):
        self.put("a b {1}[2]*.csv", "1\n")
        self.assertEqual(self.rows(self.read("csv")), [{"col0": "1"}])

    def test_a_whole_bucket(self):
        (BUCKET / "root.csv").write_text("1\n")
        try:
            for path in ("s3://bucket/", "s3://bucket"):
                self.assertEqual(self.rows(self.read("csv", paths=[path])), [{"col0": "1"}], path)
        finally:
            (BUCKET / "root.csv").unlink()

    def test_nothing_there_is_an_empty_frame_and_is_said(self):
        with heard() as said:
            frame = self.read("csv", paths=[self.address + "/none/"])
        self.assertEqual((frame.count(), frame.columns), (0, []))
        self.assertIn(self.address + "/none/", said.getvalue())

    def test_a_bucket_that_is_not_mapped_is_named(self):
        for address in ("s3://strange/a", "s3a://other/b/c", "s3://other/partly"):
            with self.subTest(address), self.assertRaisesRegex(OSError, r"\[local.s3\] in glue-ls.toml"):
                self.read("csv", paths=[address])

    def test_folders_below_only_when_asked_for(self):
        self.put("a.csv", "1\n")
        self.put("deep/er/b.csv", "2\n")
        self.assertEqual(self.read("csv").count(), 1)
        self.assertEqual(self.read("csv", recurse=True).count(), 2)
        self.assertEqual(self.read("csv", recurse="true").count(), 2)

    def test_what_is_excluded(self):
        for name in ("a.csv", "b.tmp", "deep/c.csv", "deep/d.tmp"):
            self.put(name, name + "\n")
        for pattern, left in (("**.tmp", 2), ("*.tmp", 3), ("deep/**", 2), ("**/c.*", 3), ("{a,b}.*", 2)):
            found = self.read("csv", recurse=True, exclusions=json.dumps([pattern]))
            self.assertEqual(found.count(), left, pattern)
        with self.assertRaisesRegex(ValueError, "JSON list"):
            self.read("csv", exclusions="**.tmp")

    def test_folders_named_after_values_are_no_columns_of_texts(self):
        self.put("day=01/kind=a/x.csv", "id\n1\n")
        self.put("day=02/kind=b/y.csv", "id\n2\n")
        for more in ({}, {"recurse": True}, {"exclusions": '["**.none"]'}):
            self.assertEqual(self.rows(self.read("csv", {"withHeader": True}, **more)), [{"id": "1"}, {"id": "2"}])

    def test_a_predicate_leaves_partitions_out(self):
        self.put("day=01/x.csv", "id\n1\n")
        self.put("day=02/y.csv", "id\n2\n")
        frame = self.glue.create_dynamic_frame.from_options(
            "s3", {"paths": [self.address]}, "csv", {"withHeader": True}, push_down_predicate="day > '01'"
        )
        self.assertEqual(self.rows(frame), [{"id": "2", "day": "02"}])
        with self.assertRaisesRegex(Exception, r"partition columns: \[day\]"):
            self.glue.create_dynamic_frame.from_options(
                "s3", {"paths": [self.address]}, "csv", {"withHeader": True}, push_down_predicate="id = 1"
            )


class Json(Case):
    def test_a_record_on_a_line(self):
        self.put("a.json", '{"b": 1, "a": {"x": [1.5]}}\n{"b": 2, "c": "t"}\n')
        frame = self.read("json")
        self.assertEqual(frame.columns, ["b", "a", "c"])
        self.assertEqual(frame.schema["b"].dataType.simpleString(), "int")
        self.assertEqual(self.rows(frame)[0], {"b": 1, "a": {"x": [1.5]}, "c": None})

    def test_values_of_several_types_are_a_choice(self):
        self.put("a.json", '{"id": 1, "v": 1}\n{"id": 2, "v": "x"}\n{"id": 3, "v": null}\n')
        frame = self.glue.create_dynamic_frame.from_options("s3", {"paths": [self.address]}, "json")
        self.assertEqual(
            self.rows(frame),
            [
                {"id": 1, "v": {"int": 1, "string": None}},
                {"id": 2, "v": {"int": None, "string": "x"}},
                {"id": 3, "v": None},
            ],
        )
        data = self.glue.create_data_frame.from_options("s3", {"paths": [self.address]}, "json")
        self.assertEqual(data.schema["v"].dataType.simpleString(), "string")

    def test_documents_over_several_lines(self):
        self.put("a.json", '[\n {"id": 1},\n {"id": 2}\n]')
        self.assertEqual(self.rows(self.read("json", {"multiline": True})), [{"id": 1}, {"id": 2}])

    def test_records_below_a_path(self):
        document = {"meta": 1, "results": [{"id": 1, "in": {"n": 5}}, {"id": 2, "in": {"n": 6}}]}
        self.put("a.json", json.dumps(document))
        self.assertEqual(self.rows(self.read("json", {"jsonPath": "$.results[*]"}))[1], {"id": 2, "in": {"n": 6}})
        self.assertEqual(self.rows(self.read("json", {"jsonPath": "$.results[0].in"})), [{"n": 5}])
        self.assertEqual(self.rows(self.read("json", {"jsonPath": "results"}))[0]["id"], 1)
        self.assertEqual(self.read("json", {"jsonPath": "$.none[*]"}).count(), 0)
        with self.assertRaisesRegex(NotImplementedError, "jsonPath"):
            self.read("json", {"jsonPath": "$..id"})

    def test_a_given_schema(self):
        self.put("a.json", '{"id": 1, "v": 2}\n')
        schema = {
            "dataType": "struct",
            "fields": [{"name": "id", "container": {"dataType": "long"}, "properties": {}}],
        }
        frame = self.read("json", {"withSchema": json.dumps(schema)})
        self.assertEqual(frame.dtypes, [("id", "bigint")])

    def test_partitions_beside_records(self):
        self.put("day=1/a.json", json.dumps({"rows": [{"id": 1}]}))
        frame = self.glue.create_dynamic_frame.from_options(
            "s3", {"paths": [self.address]}, "json", {"jsonPath": "$.rows[*]"}, push_down_predicate="day = '1'"
        )
        self.assertEqual(self.rows(frame), [{"id": 1, "day": "1"}])


class OtherFormats(Case):
    def test_xml(self):
        self.put(
            "a.xml",
            '<?xml version="1.0"?><all><r id="1"><n>x</n><t>1</t><t>2</t></r>'
            '<r id="2"><n> </n><in a="b">5.5</in></r></all>',
        )
        found = self.rows(self.read("xml", {"rowTag": "r", "treatEmptyValuesAsNulls": True}))
        self.assertEqual(found[0]["t"], [1, 2])
        self.assertEqual((found[0]["_id"], found[0]["n"]), (1, "x"))
        self.assertEqual((found[1]["in"], found[1]["n"]), ({"_a": "b", "_VALUE": 5.5}, None))
        with self.assertRaisesRegex(ValueError, "rowTag"):
            self.read("xml")

    def test_parquet_and_orc(self):
        self.spark.range(3).write.parquet(self.address + "/p/day=1")
        self.spark.range(2).write.orc(self.address + "/o")
        self.assertEqual(self.read("parquet", paths=[self.address + "/p"]).columns, ["id", "day"])
        self.assertEqual(self.read("ORC", paths=[self.address + "/o"]).count(), 2)
        frame = self.glue.create_dynamic_frame.from_options("parquet", {"paths": [self.address + "/p"]})
        self.assertEqual(len(self.rows(frame)), 3)

    def test_formats_that_need_more_are_named(self):
        self.put("a", "x")
        for name in ("avro", "ion", "grokLog", "hudi", "delta", "iceberg"):
            with self.subTest(name), self.assertRaisesRegex(NotImplementedError, name):
                self.read(name)
        with self.assertRaisesRegex(ValueError, "parquet"):
            self.read("parqet")
        with self.assertRaisesRegex(ValueError, "format"):
            self.read(None)

    def test_a_source_set_up_in_steps(self):
        self.put("a.csv", "id\n1\n2\n")
        source = self.glue.getSource("s3", paths=[self.address])
        source.setFormat("csv", withHeader=True)
        self.assertEqual(self.rows(source.getFrame()), [{"id": "1"}, {"id": "2"}])
        self.assertEqual(len(self.rows(source.getSampleFrame(1))), 1)
        self.assertEqual(source.getDataFrame().count(), 2)


class Tables(Case):
    def setUp(self):
        super().setUp()
        self.name = self.folder.name.replace("-", "_")
        self.put("day=01/x.csv", "id\n1\n")
        self.put("day=02/y.csv", "id\n2\n")
        self.spark.sql(
            f"CREATE TABLE {DATABASE}.{self.name} (id int, day string) USING csv OPTIONS (header 'true') "
            f"PARTITIONED BY (day) LOCATION '{self.folder.as_uri()}'"
        )

    def test_a_table_by_its_name(self):
        found = self.glue.create_dynamic_frame.from_catalog(database=DATABASE, table_name=self.name.upper())
        self.assertEqual(self.rows(found), [{"id": 1, "day": "01"}, {"id": 2, "day": "02"}])
        old = self.glue.create_dynamic_frame.from_catalog(name_space=DATABASE, table_name=self.name)
        self.assertEqual(len(self.rows(old)), 2)
        old = self.glue.create_dynamic_frame.from_catalog(database=DATABASE, tableName=self.name)
        self.assertEqual(len(self.rows(old)), 2)
        self.assertEqual(self.glue.create_data_frame.from_catalog(DATABASE, self.name).count(), 2)
        with self.assertRaisesRegex(ValueError, "name_space"):
            self.glue.create_dynamic_frame.from_catalog(DATABASE, self.name, name_space=DATABASE)

    def test_only_some_partitions(self):
        for arguments in (
            {"push_down_predicate": "day = '02'"},
            {"additional_options": {"catalogPartitionPredicate": "day >= '02'"}},
        ):
            found = self.glue.create_dynamic_frame.from_catalog(DATABASE, self.name, **arguments)
            self.assertEqual(self.rows(found), [{"id": 2, "day": "02"}])
        with self.assertRaisesRegex(Exception, r"can not be resolved against partition columns: \[day\]"):
            self.glue.create_dynamic_frame.from_catalog(DATABASE, self.name, push_down_predicate="id > 1")

    def test_a_name_that_is_not_there(self):
        with self.assertRaisesRegex(Exception, f"Did you mean '{self.name}'"):
            self.glue.create_dynamic_frame.from_catalog(DATABASE, self.name + "s")
        with self.assertRaisesRegex(Exception, f"Did you mean '{DATABASE}'"):
            self.glue.create_dynamic_frame.from_catalog("sale", self.name)

    def test_samples_and_schemas(self):
        found = self.glue.create_sample_dynamic_frame_from_catalog(DATABASE, self.name, num=1)
        self.assertEqual(len(self.rows(found)), 1)
        schema = self.glue.get_catalog_schema_as_spark_schema(DATABASE, self.name)
        self.assertEqual(schema.names, ["id", "day"])


class MixedTables(Case):
    def test_values_that_are_not_of_the_column_s_type_make_a_choice(self):
        self.put("day=1/x.csv", "provider id,n,name\n1,5,a\nnone,6,b\n,,c\n")
        name = self.folder.name.replace("-", "_")
        self.spark.sql(
            f"CREATE TABLE {DATABASE}.{name} (`provider id` bigint, n int, name string, day string) USING csv "
            f"OPTIONS (header 'true') PARTITIONED BY (day) LOCATION '{self.folder.as_uri()}'"
        )
        frame = self.glue.create_dynamic_frame.from_catalog(DATABASE, name)
        found = frame.resolveChoice(specs=[("provider id", "make_cols")]).toDF().orderBy("name").collect()
        self.assertEqual([row["provider id_long"] for row in found], [1, None, None])
        self.assertEqual([row["provider id_string"] for row in found], [None, "none", None])
        self.assertEqual([(row["n"], row["day"]) for row in found], [(5, "1"), (6, "1"), (None, "1")])
        cast = frame.resolveChoice(specs=[("provider id", "cast:long")]).toDF()
        self.assertEqual(dict(cast.dtypes)["provider id"], "bigint")


class Local(Case):
    def test_addresses_and_folders(self):
        self.assertEqual(_local.folder_of("s3://bucket/a/b"), str(self.folder.parent / "a/b"))
        self.assertIsNone(_local.folder_of("s3://other/partly/x"))
        self.assertIsNone(_local.folder_of("file:///etc"))
        self.assertEqual(_local.local_path("file:///a%20b/c"), "/a b/c")

    def test_without_a_file_there_is_nothing(self):
        import os

        before = os.environ.pop("GLUE_LS_LOCAL")
        try:
            self.assertEqual(_local.catalogue(), {})
            os.environ["GLUE_LS_LOCAL"] = str(self.folder / "none.json")
            self.assertEqual(_local.mounts(), [])
            with self.assertRaises(LookupError):
                _local.connection("shop")
        finally:
            os.environ["GLUE_LS_LOCAL"] = before


if __name__ == "__main__":
    import unittest

    unittest.main()
