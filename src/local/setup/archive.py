# Runs a little of all that Spark does, so that Java keeps the classes of it, and ends in an orderly way.
import os
import sys

from pyspark import SparkContext
from pyspark.sql import SparkSession

folder = sys.argv[1]
bucket = "spark.hadoop.fs.viewfs.mounttable.training."
builder = SparkSession.builder.master("local[2]").appName("set-up")
for name, value in {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.warehouse.dir": os.path.join(folder, "warehouse"),
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
    "spark.hadoop.fs.viewfs.overload.scheme.target.file.impl": "org.apache.hadoop.fs.LocalFileSystem",
    bucket + "linkFallback": "file://" + folder,
}.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
print("STEP 1 of 4", flush=True)

frame = spark.createDataFrame([(1, "a", 2.5), (2, "b", 3.5)], "id int, name string, price double")
place = "s3://training/" if os.name != "nt" else folder + "/"
frame.write.option("header", True).csv(place + "csv")
frame.write.partitionBy("name").parquet(place + "parquet")
frame.write.json(place + "json")
print("STEP 2 of 4", flush=True)

csv = spark.read.option("header", True).option("inferSchema", True).csv(place + "csv")
csv.createOrReplaceTempView("a")
spark.read.parquet(place + "parquet").createOrReplaceTempView("b")
spark.read.json(place + "json").createOrReplaceTempView("c")
spark.sql("CREATE DATABASE IF NOT EXISTS training")
spark.sql("CREATE TABLE training.t (id int) USING csv OPTIONS (path '%s')" % (place + "csv"))
spark.sql("SHOW TABLES IN training").show()
query = "SELECT a.name, count(*) AS n, sum(b.price) AS s FROM a JOIN b USING (id) JOIN c USING (id) GROUP BY a.name ORDER BY n"
joined = spark.sql(query)
joined.show()
joined.printSchema()
joined.explain()
print("STEP 3 of 4", flush=True)

csv.toPandas()
spark.createDataFrame(csv.toPandas()).count()
spark.sparkContext.parallelize(range(10), 2).map(lambda n: (n % 2, n)).reduceByKey(lambda a, b: a + b).collect()
print("STEP 4 of 4", flush=True)

gateway = SparkContext._gateway
spark.stop()
gateway.shutdown()
# Java writes the archive when it ends.
gateway.proc.stdin.close()
sys.exit(gateway.proc.wait())
