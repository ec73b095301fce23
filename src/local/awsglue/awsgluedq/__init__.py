"""Data quality of AWS Glue, which does not work without the service."""
