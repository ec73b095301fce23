; A magic in a percent script stands in a comment: "# %glue_version 5.0". Comments such as "# %d rows" are none.
((comment) @keyword.directive
 (#match? @keyword.directive "^# ?%%?(additional_python_modules|assume_role|configure|connections|enable_glue_datacatalog|endpoint|etl|extra_jars|extra_py_files|glue_ray|glue_version|help|iam_policy|iam_role|idle_timeout|install_pypi_package|job_type|kill_session|list_sessions|matplot|max_capacity|min_workers|number_of_workers|object_memory_head|object_memory_worker|plotly|profile|reconnect|region|security_config|session_id|session_id_prefix|session_tags|session_type|spark_conf|sql|status|stop_session|streaming|tags|timeout|worker_type)( |$)"))

; inherits: python
