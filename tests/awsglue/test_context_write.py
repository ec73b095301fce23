"""Writing files, tables and databases through a GlueContext; deleting; streams."""

import json
import os
import time
import unittest
from unittest import mock

from common import DATABASE, ROOT, Case, heard

from awsglue._tables import EntityNotFoundException
from awsglue.context import DynamicFrame


class Files(Case):
    def frame(self, rows=((1, "x"), (2, "y")), names=("id", "name")):
        return DynamicFrame.fromDF(self.spark.createDataFrame(list(rows), list(names)), self.glue, "frame")

    def write(self, fmt, form=None, frame=None, **options):
        frame = frame or self.frame()
        options = dict({"path": self.address + "/out"}, **options)
        return self.glue.write_dynamic_frame.from_options(frame, "s3", options, fmt, form or {})

    def files(self, ending=""):
        found = (self.folder / "out").rglob("*" + ending)
        return sorted(path for path in found if path.is_file() and not path.name.startswith(("_", ".")))

    def text(self):
        return "".join(sorted(path.read_text() for path in self.files()))

    def test_csv_has_a_header_and_is_read_back(self):
        self.write("csv", frame=self.frame([(1, 'a"b'), (2, None)]))
        self.assertIn("id,name\n", self.text())
        found = self.read("csv", {"withHeader": True}, [self.address + "/out"])
        self.assertEqual(self.rows(found), [{"id": "1", "name": 'a"b'}, {"id": "2", "name": ""}])

    def test_csv_options(self):
        frame = self.frame([(1, 'a"b')])
        self.write("csv", {"separator": "|", "writeHeader": False, "quoteChar": -1}, frame)
        self.assertEqual(self.text(), '1|a"b\n')

    def test_each_write_adds_files(self):
        for fmt in ("json", "json"):
            self.write(fmt)
        self.assertEqual(self.spark.read.json(self.address + "/out").count(), 4)

    def test_formats(self):
        for fmt in ("parquet", "glueparquet", "orc", "json"):
            path = f"{self.address}/{fmt}"
            self.write(fmt, path=path)
            read = "parquet" if fmt == "glueparquet" else fmt
            self.assertEqual(self.spark.read.format(read).load(path).count(), 2, fmt)
        for fmt in ("avro", "hudi", "delta", "iceberg"):
            with self.subTest(fmt), self.assertRaisesRegex(NotImplementedError, fmt):
                self.write(fmt)
        for fmt in ("xml", "parqet", None):
            with self.subTest(fmt), self.assertRaises(ValueError):
                self.write(fmt)

    def test_partitions_and_compression(self):
        self.write("json", partitionKeys=["Name"], compression="gzip")
        self.assertEqual({path.parent.name for path in self.files(".json.gz")}, {"name=x", "name=y"})
        with self.assertRaisesRegex(ValueError, "'nam'.*'name'"):
            self.write("json", partitionKeys=["nam"])
        with self.assertRaisesRegex(ValueError, "compression"):
            self.write("json", compression="zip")

    def test_mistakes_in_the_path(self):
        with self.assertRaisesRegex(ValueError, '"path"'):
            self.glue.write_dynamic_frame.from_options(self.frame(), "s3", {"paths": [self.address]}, "json")
        with self.assertRaisesRegex(OSError, r"\[local.s3\]"):
            self.write("json", path="s3://strange/out")

    def test_a_frame_without_columns_writes_nothing(self):
        with heard() as said:
            self.write("json", frame=self.empty())
        self.assertIn("no columns", said.getvalue())
        self.assertEqual(self.files(), [])

    def empty(self):
        from pyspark.sql.types import StructType

        return DynamicFrame.fromDF(self.spark.createDataFrame([], StructType([])), self.glue, "empty")

    def test_of_columns_with_the_same_name_the_last_is_written(self):
        left = self.spark.createDataFrame([(1, "x")], ["id", "name"])
        joined = left.join(self.spark.createDataFrame([(1, "y")], ["id2", "name"]), left.id == 1)
        with heard() as said:
            self.write("json", frame=DynamicFrame.fromDF(joined, self.glue, "joined"))
        self.assertIn("several columns name", said.getvalue())
        self.assertEqual(self.text(), '{"id":1,"name":"y","id2":1}\n')

    def test_a_sink_makes_the_table(self):
        name = "made_by_sink"
        for rows in ([(1, "x")], [(2, "y")]):
            sink = self.glue.getSink(
                connection_type="s3",
                path=self.address + "/out/",
                enableUpdateCatalog=True,
                updateBehavior="UPDATE_IN_DATABASE",
                partitionKeys=["name"],
            )
            sink.setFormat("glueparquet", compression="snappy")
            sink.setCatalogInfo(catalogDatabase=DATABASE, catalogTableName=name)
            sink.writeFrame(self.frame(rows))
        self.assertEqual(self.spark.table(f"{DATABASE}.{name}").count(), 2)
        self.assertEqual(self.spark.table(f"{DATABASE}.{name}").where("name = 'y'").collect()[0].id, 2)
        sink.writeFrame(self.frame([(3, 7, "z")], ["id", "more", "name"]))
        self.assertEqual(self.spark.table(f"{DATABASE}.{name}").where("name = 'z'").collect()[0].more, 7)

    def test_a_sink_needs_its_table_s_name_and_database(self):
        sink = self.glue.getSink("s3", path=self.address + "/out", enableUpdateCatalog=True)
        sink.setFormat("json")
        with self.assertRaisesRegex(ValueError, "setCatalogInfo"):
            sink.writeFrame(self.frame())
        sink.setCatalogInfo("none", "t")
        with self.assertRaisesRegex(Exception, "no database 'none'"):
            sink.writeFrame(self.frame())
        self.assertEqual(self.files(), [])


class Tables(Case):
    def table(self, columns, more=""):
        name = self.folder.name.replace("-", "_")
        self.spark.sql(
            f"CREATE TABLE {DATABASE}.{name} ({columns}) USING json {more} LOCATION '{self.folder.as_uri()}'"
        )
        return name

    def frame(self, rows, names):
        return DynamicFrame.fromDF(self.spark.createDataFrame(rows, names), self.glue, "frame")

    def test_rows_are_added_by_the_names_of_columns(self):
        name = self.table("id int, name string")
        for _ in range(2):
            self.glue.write_dynamic_frame.from_catalog(
                self.frame([("x", 1, 0)], ["name", "ID", "more"]), DATABASE, name
            )
        found = self.glue.create_dynamic_frame.from_catalog(DATABASE, name)
        self.assertEqual(self.rows(found), [{"id": 1, "name": "x"}] * 2)

    def test_a_folder_that_is_not_there_yet_is_made(self):
        folder = self.folder / "new" / "table"
        listed = {"databases": {"d": {"tables": {"t": {"path": str(folder), "columns": [{"name": "id"}]}}}}}
        with mock.patch("awsglue._local.catalogue", lambda: listed):
            # Spark was not told of it here.
            with self.assertRaises(EntityNotFoundException):
                self.glue.write_dynamic_frame.from_catalog(self.frame([(1,)], ["id"]), "d", "t")
        self.assertTrue(folder.is_dir())

    def test_partitions(self):
        name = self.table("id int, day string", "PARTITIONED BY (day)")
        frame = self.frame([(1, "01"), (2, "02")], ["id", "day"])
        self.glue.write_dynamic_frame.from_catalog(
            frame, DATABASE, name, additional_options={"partitionKeys": ["day"], "enableUpdateCatalog": True}
        )
        self.assertTrue((self.folder / "day=02").is_dir())
        self.assertEqual(self.spark.table(f"{DATABASE}.{name}").where("day = '02'").collect()[0].id, 2)
        with self.assertRaisesRegex(ValueError, "day"):
            self.glue.write_dynamic_frame.from_catalog(self.frame([(1,)], ["id"]), DATABASE, name)

    def test_new_columns_with_enable_update_catalog(self):
        name = self.table("id int")
        self.glue.write_data_frame.from_catalog(
            self.spark.createDataFrame([(1, 2.5)], ["id", "more"]),
            DATABASE,
            name,
            additional_options={"enableUpdateCatalog": True, "updateBehavior": "UPDATE_IN_DATABASE"},
        )
        self.assertEqual(self.spark.table(f"{DATABASE}.{name}").collect()[0].more, 2.5)


class Databases(Case):
    def test_rows_go_to_a_database_and_come_back(self):
        frame = DynamicFrame.fromDF(self.spark.createDataFrame([(1, "x"), (2, "y")], ["id", "name"]), self.glue, "f")
        self.glue.write_dynamic_frame.from_jdbc_conf(frame, "shop", {"dbtable": "things", "database": "ignored"})
        options = {"connectionName": "shop", "useConnectionProperties": "true", "dbtable": "things"}
        found = self.glue.create_dynamic_frame.from_options("mysql", options).toDF()
        self.assertEqual(found.count(), 2)
        query = dict(options, sampleQuery='select "name" from things where "id" = 2')
        self.assertEqual(self.glue.create_dynamic_frame.from_options("mysql", query).toDF().collect()[0][0], "y")
        url = f"jdbc:derby:{ROOT / 'derby'}"
        direct = {"url": url, "dbtable": "things", "user": "me", "password": "none"}
        self.assertEqual(self.glue.create_dynamic_frame.from_options("postgresql", direct).toDF().count(), 2)

    def test_what_a_connection_says(self):
        conf = self.glue.extract_jdbc_conf("orders-mysql")
        self.assertEqual(conf["url"], "jdbc:mysql://db.example:3306")
        self.assertEqual(conf["fullUrl"], "jdbc:mysql://db.example:3306/orders?useSSL=true")
        self.assertEqual(
            (conf["user"], conf["password"], conf["vendor"], conf["enforceSSL"]),
            ("reader", "open sesame", "mysql", "true"),
        )
        with self.assertRaisesRegex(LookupError, "'orders-mysql'"):
            self.glue.extract_jdbc_conf("orders-mysqll")
        with self.assertRaisesRegex(ValueError, "NETWORK"):
            self.glue.extract_jdbc_conf("net")

    def test_a_driver_that_is_not_there_is_named_and_no_secret_is(self):
        with self.assertRaisesRegex(NotImplementedError, "com.mysql.cj.jdbc.Driver") as caught:
            self.glue.create_dynamic_frame.from_options("mysql", {"connectionName": "orders-mysql", "dbtable": "t"})
        self.assertNotIn("open sesame", str(caught.exception))


class Deleting(Case):
    def age(self, name, hours):
        then = time.time() - hours * 3600
        os.utime(self.folder / name, (then, then))

    def test_old_files_go_and_young_ones_stay(self):
        for name in ("old", "deep/older", "young"):
            self.put(name, "x")
        self.age("old", 200)
        self.age("deep/older", 200)
        self.glue.purge_s3_path(self.address, {"manifestFilePath": self.address + "-manifest/"})
        self.assertEqual([path.name for path in self.folder.rglob("*") if path.is_file()], ["young"])
        manifest = (self.folder.parent / (self.folder.name + "-manifest") / "Success.csv").read_text()
        self.assertEqual(len(manifest.splitlines()), 2)
        self.glue.purge_s3_path(self.address, {"retentionPeriod": 0, "excludeStorageClasses": ["STANDARD"]})
        self.assertTrue((self.folder / "young").exists())
        self.glue.purge_s3_path(self.address, {"retentionPeriod": 0})
        self.assertFalse((self.folder / "young").exists())

    def test_nothing_outside_of_mounted_folders(self):
        outside = ROOT / "outside"
        outside.mkdir(exist_ok=True)
        (outside / "keep").write_text("x")
        os.symlink(outside, self.folder / "link")
        self.put("gone", "x")
        now = {"retentionPeriod": 0}
        for address in ("s3://bucket/../outside", self.address + "/../../outside", self.address + "/link"):
            with self.subTest(address), self.assertRaises(NotImplementedError):
                self.glue.purge_s3_path(address, now)
        with self.assertRaises(NotImplementedError):
            self.glue.purge_s3_path(outside.as_uri(), now)
        with self.assertRaises(OSError):
            self.glue.purge_s3_path("s3://strange/x", now)
        self.glue.purge_s3_path(self.address, now)
        self.assertFalse((self.folder / "gone").exists())
        self.assertTrue((outside / "keep").exists())

    def test_partitions_of_a_table(self):
        name = self.folder.name.replace("-", "_")
        self.put("day=01/x.json", '{"id": 1}')
        self.put("day=02/y.json", '{"id": 2}')
        self.spark.sql(
            f"CREATE TABLE {DATABASE}.{name} (id int, day string) USING json PARTITIONED BY (day) "
            f"LOCATION '{self.folder.as_uri()}'"
        )
        self.spark.catalog.recoverPartitions(f"{DATABASE}.{name}")
        self.glue.purge_table(DATABASE, name, {"retentionPeriod": 0, "partitionPredicate": "day < '02'"})
        self.assertEqual([path.name for path in self.folder.rglob("*.json")], ["y.json"])
        self.assertEqual(self.spark.table(f"{DATABASE}.{name}").count(), 1)

    def test_storage_classes_do_nothing(self):
        self.put("a", "x")
        with heard() as said:
            self.glue.transition_s3_path(self.address, "GLACIER")
        self.assertIn("transition_s3_path", said.getvalue())
        self.assertTrue((self.folder / "a").exists())


class Streams(Case):
    def setUp(self):
        super().setUp()
        self.put("in/a.json", '{"id": 1}\n{"id": 2}\n')
        self.name = self.folder.name.replace("-", "_")
        self.spark.sql(
            f"CREATE TABLE {DATABASE}.{self.name} (id int) USING json LOCATION '{(self.folder / 'in').as_uri()}'"
        )
        self.options = {"windowSize": "100 seconds", "checkpointLocation": self.address + "/checkpoint"}

    def stream(self):
        options = {"startingPosition": "TRIM_HORIZON", "inferSchema": "true"}
        return self.glue.create_data_frame.from_catalog(
            database=DATABASE, table_name=self.name, additional_options=options
        )

    def test_a_table_in_the_place_of_a_stream(self):
        seen = []
        self.glue.forEachBatch(
            frame=self.stream(),
            batch_function=lambda batch, number: seen.append((number, sorted(row.id for row in batch.collect()))),
            options=self.options,
        )
        self.assertEqual(seen, [(0, [1, 2])])
        self.put("in/b.json", '{"id": 3}\n')
        self.glue.forEachBatch(self.stream(), lambda batch, _: seen.append(batch.count()), self.options)
        self.assertEqual(seen[1:], [1])

    def test_a_batch_is_tried_again(self):
        calls = []

        def fail_once(batch, number):
            calls.append(number)
            if len(calls) == 1:
                raise RuntimeError("not yet")

        self.glue.forEachBatch(self.stream(), fail_once, dict(self.options, batchMaxRetries=1))
        self.assertEqual(calls, [0, 0])

    def test_a_function_that_always_fails_ends_the_stream(self):
        def fail(batch, number):
            raise RuntimeError("never")

        with self.assertRaisesRegex(Exception, "never"):
            self.glue.forEachBatch(self.stream(), fail, dict(self.options, batchMaxRetries=0))
        self.assertEqual(self.spark.streams.active, [])

    def test_options_are_checked(self):
        def nothing(batch, number):
            raise AssertionError("no batch runs")

        for change, name in (
            ({"windowSize": None}, "windowSize"),
            ({"checkpointLocation": None}, "checkpointLocation"),
            ({"windowSize": "soon"}, "windowSize"),
            ({"batchMaxRetries": 101}, "batchMaxRetries"),
        ):
            with self.subTest(name), self.assertRaisesRegex(ValueError, name):
                self.glue.forEachBatch(self.stream(), nothing, dict(self.options, **change))

    def test_a_sample_of_a_stream(self):
        found = self.glue.getSampleStreamingDynamicFrame(self.stream(), {"recordPollingLimit": 1})
        self.assertEqual(len(self.rows(found)), 1)

    def test_the_time_of_ingestion(self):
        frame = self.glue.add_ingestion_time_columns(self.spark.range(1), "hour")
        self.assertEqual(frame.columns, ["id", "ingest_year", "ingest_month", "ingest_day", "ingest_hour"])
        self.assertEqual(len(frame.collect()[0].ingest_month), 2)
        with self.assertRaises(ValueError):
            self.glue.add_ingestion_time_columns(self.spark.range(1), "week")


class Logging(Case):
    def test_a_log_is_written_to_the_standard_error(self):
        with heard() as said:
            logger = self.glue.get_logger()
            logger.info("began")
            logger.error(json.dumps({"a": 1}))
        self.assertEqual(said.getvalue(), 'INFO began\nERROR {"a": 1}\n')


if __name__ == "__main__":
    unittest.main()
