# ---
# jupyter:
#   kernelspec:
#     display_name: Glue PySpark
#     language: python
#     name: glue_pyspark
# ---

# %% [markdown]
# # Orders, as a script
#
# A notebook of AWS Glue in the percent format of jupytext: magics are comments here and magics in the notebook.

# %%
# %glue_version 5.0
# %worker_type G.1X
# %number_of_workers 2
# %idle_timeout 15

# %%
# %%configure
{
    "--datalake-formats": "iceberg",
    "--enable-auto-scaling": "true",
    "tags": {"team": "sales"},
}

# %%

from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

glue_context = GlueContext(SparkContext.getOrCreate())
spark = glue_context.spark_session

# %% language="sql"
# SELECT country, sum(amount) AS total
# FROM sales.orders
# GROUP BY country

# %%
orders = spark.table("sales.orders")
orders.groupBy("country").sum("amount").show()
