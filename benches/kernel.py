"""Runs cells in the official Glue kernel, one for each line of standard input, and tells how long each took.

    python kernel.py < cells

The Python that runs this has to have `aws-glue-sessions`. The kernel is started as JupyterLab starts it: from its own
kernel specification, as a process of its own, reached over its sockets. A line of input is a cell as a JSON string.
The first line of output is `{"version": ..., "seconds": ...}`, from starting the kernel until it takes cells, and each cell is answered by a line
`{"status": ..., "seconds": ..., "text": ..., "outputs": ...}`: from sending the cell to the kernel's reply. The outputs
are those of a notebook; the text is the end of what was printed. When the input ends, the kernel is asked to shut down,
whereupon it stops its session.
"""

import importlib.metadata
import importlib.util
import json
import sys
import time

PACKAGE = "aws_glue_interactive_sessions_kernel"
MISSING = f"{sys.executable} has no aws-glue-sessions; install it with `pip install aws-glue-sessions==1.0.9`"

try:
    from jupyter_client import KernelManager
    from jupyter_client.kernelspec import KernelSpecManager
except ImportError:
    sys.exit(MISSING)

# Seconds after which a kernel that says nothing counts as hanging.
PATIENCE = 120


def specifications():
    """The folder with the kernel's specification; importing the package would change botocore in this process."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None:
        sys.exit(MISSING)
    return list(found.submodule_search_locations)


def tell(message):
    print(json.dumps(message), flush=True)


def run(client, code):
    """Runs a cell. The time ends with the reply; what the cell has written is collected after that."""
    started = time.perf_counter()
    request = client.execute(code, allow_stdin=False)
    while True:
        reply = client.get_shell_msg(timeout=PATIENCE)
        if reply["parent_header"].get("msg_id") == request:
            break
    seconds = time.perf_counter() - started
    text, outputs = [], []
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            text.append(content["text"])
            outputs.append({"output_type": kind, "name": content["name"], "text": content["text"]})
        elif kind in ("display_data", "execute_result"):
            outputs.append({"output_type": kind, "data": content["data"], "metadata": content["metadata"]})
        elif kind == "error":
            outputs.append({"output_type": kind, **{name: content[name] for name in ("ename", "evalue", "traceback")}})
        if kind == "status" and content["execution_state"] == "idle":
            break
    status = reply["content"].get("status")
    return {"status": status, "seconds": seconds, "text": "".join(text)[-4000:], "outputs": outputs}


def main():
    manager = KernelManager(
        kernel_name="glue_pyspark", kernel_spec_manager=KernelSpecManager(kernel_dirs=specifications())
    )
    started = time.perf_counter()
    # Standard output is for answers, and a kernel's hint about encryption is none of this script's business.
    manager.start_kernel(stdout=sys.stderr, extra_arguments=["--log-level=ERROR"])
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        seconds = time.perf_counter() - started
        tell({"version": importlib.metadata.version("aws-glue-sessions"), "seconds": seconds})
        for line in sys.stdin:
            tell(run(client, json.loads(line)))
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


if __name__ == "__main__":
    main()
