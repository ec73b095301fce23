//! glue-ls: a language server for AWS Glue notebooks and scripts.
