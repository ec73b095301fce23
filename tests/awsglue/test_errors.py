"""What Python functions fail for: it is counted, shown, and limited."""

from awsglue.transforms import ErrorsAsDynamicFrame, Map
from support import GlueTest


class Errors(GlueTest):
    def test_a_function_that_fails_makes_errors(self):
        frame = self.frame([(1, "a"), (0, "b"), (None, "c"), (5, "d")], "n int, s string")
        made = frame.filter(lambda record: 10 / record["n"] > 1, info="divide")
        self.assertEqual(self.rows(made), [{"n": 1, "s": "a"}, {"n": 5, "s": "d"}])
        self.assertEqual((made.errorsCount(), made.stageErrorsCount()), (2, 2))
        rest = made.filter(lambda record: record["no"]).drop_fields(["s"])
        self.assertEqual((rest.count(), rest.errorsCount(), rest.stageErrorsCount()), (0, 4, 0))
        errors = [row["error"] for row in self.rows(ErrorsAsDynamicFrame.apply(rest))]
        told = sorted((error["msg"], error["info"], error["dynamicRecord"]["s"]) for error in errors)
        self.assertEqual(
            told,
            [
                ("KeyError: 'no'", None, "a"),
                ("KeyError: 'no'", None, "d"),
                ("TypeError: unsupported operand type(s) for /: 'int' and 'NoneType'", "divide", "c"),
                ("ZeroDivisionError: division by zero", "divide", "b"),
            ],
        )
        # It shows the user's function, and nothing of what called it.
        self.assertIn("in <lambda>", errors[0]["stackTrace"])
        self.assertNotIn("_records.py", errors[0]["stackTrace"])
        self.assertEqual(frame.errorsCount(), 0)
        self.assertEqual(frame.errorsAsDynamicFrame().count(), 0)

    def test_thresholds_are_numbers_of_errors_that_are_allowed(self):
        frame = self.frame([(0,), (0,), (1,)], "n int")

        def divide(record):
            return 1 / record["n"] > 0

        self.assertEqual(frame.filter(divide, stageThreshold=2).count(), 1)
        made = frame.filter(divide, info="step", stageThreshold=1)
        with self.assertRaisesRegex(RuntimeError, r"2 records.*stageThreshold allows 1 \(step\).*ZeroDivisionError"):
            made.count()
        with self.assertRaises(RuntimeError):
            made.toDF()
        with self.assertRaises(RuntimeError):
            made.assertErrorThreshold()
        # Only the total counts what other steps had.
        after = frame.filter(divide).select_fields(["n"], stageThreshold=1)
        self.assertEqual(after.count(), 1)
        with self.assertRaisesRegex(RuntimeError, "totalThreshold allows 1"):
            frame.filter(divide).select_fields(["n"], totalThreshold=1).count()
        mapped = frame.map(lambda record: {"x": 1 / record["n"]}, totalThreshold=1)
        with self.assertRaisesRegex(RuntimeError, "totalThreshold"):
            mapped.show()
        for wrong in (-1, "1", True, 1.5):
            with self.subTest(wrong), self.assertRaisesRegex(ValueError, "stageThreshold"):
                frame.drop_fields([], stageThreshold=wrong)

    def test_errors_of_map(self):
        def change(record):
            if record["a"] == 1:
                return None
            if record["a"] == 2:
                return {"x": object()}
            if record["a"] == 3:
                raise KeyError("gone")
            return {"x": record["a"]}

        made = Map.apply(self.frame([(1,), (2,), (3,), (4,)], "a int"), change)
        self.assertEqual(self.rows(made), [{"x": 4}])
        errors = {
            row["error"]["dynamicRecord"]["a"]: row["error"]["msg"] for row in self.rows(made.errorsAsDynamicFrame())
        }
        self.assertEqual(set(errors), {1, 2, 3})
        self.assertIn("returned NoneType", errors[1])
        self.assertIn("the type object", errors[2])
        self.assertIn("gone", errors[3])
        # All records are errors: no fields, no records, no exception.
        none = self.frame([(1,)], "a int").map(lambda record: record["b"])
        self.assertEqual((none.count(), none.errorsCount(), self.schema(none)), (0, 1, "struct<>"))
