"""`getResolvedOptions` and `Job`: neither needs Spark."""

import unittest

from awsglue import _local
from awsglue.job import Job
from awsglue.utils import GlueArgumentError, getResolvedOptions
from common import heard


class Options(unittest.TestCase):
    def test_listed_options_come_back_as_texts(self):
        found = getResolvedOptions(["job.py", "--JOB_NAME", "load", "--day=3", "--other", "x"], ["JOB_NAME", "day"])
        self.assertEqual((found["JOB_NAME"], found["day"]), ("load", "3"))
        self.assertNotIn("other", found)

    def test_a_name_with_hyphens_gets_underscores(self):
        self.assertEqual(getResolvedOptions(["x", "--target-path", "p"], ["target-path"])["target_path"], "p")

    def test_the_last_value_wins(self):
        self.assertEqual(getResolvedOptions(["x", "--day", "1", "--day", "2"], ["day"])["day"], "2")

    def test_a_missing_option_is_named(self):
        with self.assertRaises(GlueArgumentError) as caught:
            getResolvedOptions(["x"], ["JOB_NAME", "day"])
        self.assertEqual(str(caught.exception), "the following arguments are required: --JOB_NAME, --day")

    def test_an_option_without_value_is_an_error_and_not_the_end_of_the_process(self):
        with self.assertRaises(GlueArgumentError):
            getResolvedOptions(["x", "--day"], ["day"])

    def test_abbreviations_only_when_asked_for(self):
        args = ["x", "--day", "1"]
        with self.assertRaises(GlueArgumentError):
            getResolvedOptions(args, ["day_partition"])
        self.assertEqual(getResolvedOptions(args, ["day_partition"], allow_abbrev=True)["day_partition"], "1")

    def test_reserved_names_are_refused(self):
        for name in ("job-bookmark-option", "JOB_ID", "--JOB_RUN_ID", "encryption-type", "continuation-option"):
            with self.subTest(name), self.assertRaisesRegex(RuntimeError, "Using reserved arguments"):
                getResolvedOptions(["x"], [name])

    def test_the_temporary_folder_may_be_missing_and_has_two_names(self):
        self.assertIsNone(getResolvedOptions(["x"], ["TempDir"])["TempDir"])
        found = getResolvedOptions(["x", "--RedshiftTempDir", "s3://b/t"], [])
        self.assertEqual((found["TempDir"], found["RedshiftTempDir"]), ("s3://b/t", "s3://b/t"))

    def test_bookmarks_are_off_unless_said(self):
        self.assertEqual(getResolvedOptions(["x"], [])["job_bookmark_option"], "job-bookmark-disable")
        args = ["x", "--job-bookmark-option", "job-bookmark-enable"]
        self.assertEqual(getResolvedOptions(args, [])["job_bookmark_option"], "job-bookmark-enable")
        with self.assertRaises(GlueArgumentError):
            getResolvedOptions(["x", "--job-bookmark-option", "on"], [])

    def test_a_range_of_bookmarks_has_two_ends_and_needs_pause(self):
        pause = ["x", "--job-bookmark-option", "job-bookmark-pause", "--job-bookmark-from", "a"]
        with self.assertRaises(RuntimeError):
            getResolvedOptions(pause, [])
        self.assertEqual(getResolvedOptions(pause + ["--job-bookmark-to", "b"], [])["job_bookmark_to"], "b")
        with self.assertRaises(RuntimeError):
            getResolvedOptions(["x", "--job-bookmark-from", "a", "--job-bookmark-to", "b"], [])


class Jobs(unittest.TestCase):
    def test_a_job_says_once_that_bookmarks_do_nothing(self):
        _local._said.clear()
        job = Job(None)
        with heard() as said:
            job.init("load", {"JOB_NAME": "load"})
            self.assertTrue(job.isInitialized())
            self.assertEqual(said.getvalue(), "")
            job.commit()
            job.commit()
        self.assertEqual(said.getvalue().count("bookmarks"), 1)


if __name__ == "__main__":
    unittest.main()
