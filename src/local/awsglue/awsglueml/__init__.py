"""Machine learning of AWS Glue, none of which works without the service."""
