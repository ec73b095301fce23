"""Runs cells in the official Glue kernel and tells what comes as it comes, for whoever shows it.

    python official.py

The Python that runs this has to have `aws-glue-sessions`; the kernel is started as the benches start it. A line of input
is `{"id": ..., "code": ...}`. Lines of output are `{"id": ...}` with one of `number` (of the execution, which has begun),
`output` (of the notebook format) and `status` (the kernel's word, at the end). Before all of them comes an empty object:
the kernel takes cells. When the input ends, the kernel is asked to shut down, whereupon it stops its session.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benches"))

from kernel import PATIENCE, KernelManager, KernelSpecManager, specifications, tell  # noqa: E402

OUTPUTS = {
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
}


def run(client, cell, code):
    request = client.execute(code, allow_stdin=False)
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "execute_input":
            tell({"id": cell, "number": content["execution_count"]})
        elif kind in OUTPUTS:
            tell({"id": cell, "output": {"output_type": kind, **{name: content[name] for name in OUTPUTS[kind]}}})
        elif kind == "status" and content["execution_state"] == "idle":
            break
    while True:
        reply = client.get_shell_msg(timeout=PATIENCE)
        if reply["parent_header"].get("msg_id") == request:
            tell({"id": cell, "status": reply["content"]["status"]})
            return


def main():
    manager = KernelManager(
        kernel_name="glue_pyspark", kernel_spec_manager=KernelSpecManager(kernel_dirs=specifications())
    )
    # Standard output is for what is told.
    manager.start_kernel(stdout=sys.stderr, extra_arguments=["--log-level=ERROR"])
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        tell({})
        for line in sys.stdin:
            cell = json.loads(line)
            run(client, cell["id"], cell["code"])
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


if __name__ == "__main__":
    main()
