"""Every signature is that of the library: names, order, defaults."""

import importlib
import inspect
import json
import os
import unittest

import awsglue.transforms

FACTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "facts", "data", "awsglue_api.json")
# The library's alias takes what apply_mapping takes; the table of facts only has its keywords.
WIDER = {"DynamicFrame.applyMapping"}


def facts():
    with open(FACTS, encoding="utf-8") as file:
        return json.load(file)


def expected(signature):
    """What is between the parentheses of a signature as the facts write it, as a signature."""
    scope = {}
    exec("def made(%s): pass" % signature.partition("(")[2].rpartition(")")[0], scope)
    return inspect.signature(scope["made"])


def shape(signature):
    return [(each.name, each.kind, each.default) for each in signature.parameters.values()]


class Signatures(unittest.TestCase):
    maxDiff = None

    def held(self, names):
        held = 0
        for entry in facts()["classes"]:
            if entry["name"] not in names:
                continue
            made = getattr(importlib.import_module(entry["module"]), entry["name"])
            for method in entry["methods"]:
                what = "%s.%s" % (entry["name"], method["name"])
                with self.subTest(what):
                    function = inspect.getattr_static(made, method["name"])
                    self.assertEqual(isinstance(function, classmethod), what == "DynamicFrame.fromDF", what)
                    if isinstance(function, classmethod):
                        function = function.__func__
                    own = shape(inspect.signature(function))[1:]
                    if what in WIDER:
                        own = [each for each in own if each[1] != inspect.Parameter.VAR_POSITIONAL]
                    self.assertEqual(own, shape(expected(method["signature"])), what)
                    self.assertTrue(function.__doc__ or method["name"].startswith("__"), what)
                held += 1
        return held

    def test_frames_have_the_librarys_signatures(self):
        self.assertGreaterEqual(self.held({"DynamicFrame", "DynamicFrameCollection"}), 45)

    def test_transforms_have_the_librarys_signatures(self):
        transforms = facts()["transforms"]
        self.assertEqual(len(transforms), 22)
        for entry in transforms:
            with self.subTest(entry["name"]):
                made = getattr(awsglue.transforms, entry["name"])
                wanted = shape(expected(entry["call"]))
                self.assertEqual(shape(inspect.signature(made.__call__))[1:], wanted)
                # `apply` shows them, too.
                self.assertEqual(shape(inspect.signature(made.apply.__func__))[1:], wanted)
                self.assertIn(entry["name"], awsglue.transforms.__all__)

    def test_transforms_describe_all_their_arguments(self):
        for entry in facts()["transforms"]:
            with self.subTest(entry["name"]):
                told = getattr(awsglue.transforms, entry["name"]).describe()["transform"]
                self.assertEqual(told["name"], entry["name"])
                self.assertEqual(
                    [arg["name"] for arg in told["args"]], [p["name"].lstrip("*") for p in entry["params"]]
                )
                self.assertEqual(
                    [not arg["optional"] for arg in told["args"]], [p["required"] for p in entry["params"]]
                )
                self.assertEqual([arg["name"] for arg in told["args"] if not arg["description"]], [])
                self.assertEqual(told["returns"]["returnType"], entry["returns"])
                self.assertTrue(told["describe"])

    def test_functions_have_the_librarys_signatures(self):
        for entry in facts()["functions"]:
            made = getattr(importlib.import_module(entry["module"]), entry["name"])
            self.assertEqual(shape(inspect.signature(made)), shape(expected(entry["signature"])), entry["name"])

    def test_types_have_the_librarys_names(self):
        from awsglue import gluetypes

        for entry in facts()["glue_types"]:
            self.assertEqual(getattr(gluetypes, entry["name"]).typeName(), entry["type_name"])


if __name__ == "__main__":
    unittest.main()
