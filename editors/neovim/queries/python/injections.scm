; extends

; A magic in a percent script stands in a comment: "# %glue_version 5.0". Comments such as "# %d rows" are none.
(module
  (comment) @injection.content
  (#match? @injection.content "^# \\%\\%?(additional_python_modules|assume_role|configure|connections|endpoint|etl|extra_jars|extra_py_files|glue_ray|glue_version|help|iam_role|idle_timeout|list_sessions|matplot|min_workers|number_of_workers|object_memory_head|object_memory_worker|plotly|profile|reconnect|region|security_config|session_id|session_id_prefix|session_type|spark_conf|sql|status|stop_session|streaming|tags|timeout|worker_type)>")
  (#offset! @injection.content 0 2 0 0)
  (#set! injection.language "glue"))
