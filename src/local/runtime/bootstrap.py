# Given to the interpreter with `-c`. Everything up to the version check must be understood by any Python, 2 included:
# an interpreter that is too old has to say so instead of stumbling over newer syntax.


def _start():
    import sys

    if sys.version_info < (3, 8):
        import os

        sys.stderr.write("%d.%d.%d" % tuple(sys.version_info[:3]))
        sys.stderr.flush()
        os._exit(96)

    import json
    import os
    import struct
    import types

    def exactly(count):
        parts = []
        while count:
            part = os.read(0, min(count, 65536))
            if not part:
                os._exit(0)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    (size,) = struct.unpack(">I", exactly(4))
    start = json.loads(exactly(size).decode("utf-8"))

    # The modules come over the connection, so nothing is written to disk. Their file names begin with
    # `<glue-ls`, which is how a traceback knows the frames that are not the user's.
    package = types.ModuleType("_glue_ls")
    package.__path__ = []
    sys.modules["_glue_ls"] = package
    for name, source in start["modules"]:
        module = types.ModuleType("_glue_ls." + name)
        sys.modules[module.__name__] = module
        setattr(package, name, module)
        exec(compile(source, "<glue-ls " + name + ">", "exec", 0, True), module.__dict__)

    main = sys.modules["__main__"].__dict__
    for name in [name for name in main if not (name.startswith("__") and name.endswith("__"))]:
        del main[name]
    sys.modules["_glue_ls.serve"].main(start)


_start()
