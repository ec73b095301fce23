"""An AWS on loopback for tests: moto, with accounts filled on request and every request held against AWS's own model.

  server.py [SECONDS]      serves that long at most

Writes its address as one line of JSON to standard output, and ends when its standard input does, so with whoever has
started it. Beside the services it answers:

  POST /-/accounts         makes accounts and fills them (see fill.py); answers their numbers and keys
  GET  /-/wrong/<account>  lists the account's requests that AWS would not have understood
"""

import json
import os
import sys
import threading
import traceback

# What this machine has to do with AWS is no concern of moto's, which looks at its variables as it is loaded.
for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_")) or name.lower().endswith("_proxy")]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_EC2_METADATA_DISABLED="true",
    MOTO_EC2_LOAD_DEFAULT_AMIS="false", MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS="false")
sys.dont_write_bytecode = True

from moto.iam.models import get_account_id_from  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

import amend  # noqa: E402
import fill  # noqa: E402
from checks import Checks, Request  # noqa: E402

LONGEST = 64 * 1024 * 1024


class Quiet(MotoRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


class Application:
    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.checks = Checks()
        self.wrong = {}

    def __call__(self, environ, start_response):
        try:
            body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), LONGEST))
            path = environ.get("PATH_INFO", "")
            if path == "/-/accounts":
                return self.answer(start_response, "200 OK", fill.accounts(json.loads(body)))
            if path.startswith("/-/wrong/"):
                return self.answer(start_response, "200 OK", self.wrong.get(path.rsplit("/", 1)[1], []))
            return self.serve(environ, start_response, body)
        except Exception:
            return self.answer(start_response, "500 Internal Server Error", {"broken": traceback.format_exc()})

    def serve(self, environ, start_response, body):
        request = Request(environ, body)
        wrong = self.checks.of(request)
        if wrong:
            self.note(request, wrong)
            return self.answer(start_response, "400 Bad Request", {"__type": "ValidationException", "message": wrong})
        environ["wsgi.input"] = request.stream()
        try:
            return self.moto(environ, start_response)
        except NotImplementedError as error:
            self.note(request, f"moto cannot do it: {error}")
            return self.answer(start_response, "501 Not Implemented", {"__type": "NotImplemented", "message": str(error)})
        except Exception:
            self.note(request, traceback.format_exc())
            raise

    def note(self, request, wrong):
        account = get_account_id_from(request.key)
        self.wrong.setdefault(account, []).append(f"{request.service}:{request.operation}: {wrong}")

    @staticmethod
    def answer(start_response, status, value):
        body = json.dumps(value).encode()
        start_response(status, [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))])
        return [body]


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3600.0
    amend.all()
    server = make_server("127.0.0.1", 0, Application(), threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    threading.Thread(target=end_with_input, daemon=True).start()
    ending = threading.Timer(seconds, lambda: os._exit(0))
    ending.daemon = True
    ending.start()
    server.serve_forever()


if __name__ == "__main__":
    main()
