"""Signed calls of Glue, STS and CloudWatch Logs, and a folder of their raw answers without what is private.

Only the standard library: an answer is kept as it came, with members that no published model knows.
"""

import datetime
import hashlib
import hmac
import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

TARGETS = {"glue": "AWSGlue.", "logs": "Logs_20140328."}
# The longest time that a call may take, in seconds.
PATIENCE = 70
# So many characters of a text are written down.
LONGEST = 2_000
KEPT_HEADERS = ("content-type", "retry-after", "x-amz-retry-after", "x-amzn-errortype", "date")


class Refused(Exception):
    """The service did not do what was asked."""

    def __init__(self, operation, status, code, message, headers):
        super().__init__(f"{operation}: {code or status}: {message}")
        self.operation, self.status, self.code, self.message, self.headers = operation, status, code, message, headers


class Unreachable(Exception):
    """No answer came, so nobody knows what was done."""


def suffix(region):
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def credentials(profile):
    """Returns key id, secret and token: those of the profile, or those of the environment."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    if profile is None and os.environ.get(names[0]):
        return tuple(os.environ.get(name) for name in names)
    command = ["aws", "configure", "export-credentials", "--format", "process"] + (["--profile", profile] if profile else [])
    try:
        said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        keys = json.loads(said.stdout) if said.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        keys = None
    if keys is None:
        raise SystemExit(
            "tests/live/run: there are no credentials. Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or "
            "install the AWS CLI 2 and sign in (`aws sso login --profile …`).")
    return keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken")


class Client:
    """Calls services as one caller in one region. With `recorder` every call is written down."""

    def __init__(self, keys, region, endpoint=None, recorder=None):
        self.keys, self.region, self.endpoint, self.recorder = keys, region, endpoint, recorder

    @classmethod
    def of(cls, place):
        return cls(tuple(place["keys"]), place["region"], place["endpoint"])

    def place(self):
        return {"keys": self.keys, "region": self.region, "endpoint": self.endpoint}

    def __call__(self, operation, service="glue", **members):
        """Calls a JSON operation; returns the answer as it came."""
        body = json.dumps(members).encode()
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": TARGETS[service] + operation}
        status, answered, text = self.send(service, operation, headers, body)
        try:
            answer = json.loads(text or "{}")
        except ValueError:
            answer = {"not JSON": text[:500]}
        if self.recorder:
            self.recorder.write(operation, members, status, answered, answer)
        if status != 200 or "not JSON" in answer:
            code = str(answer.get("__type") or answered.get("x-amzn-errortype") or "").split("#")[-1].split(":")[0]
            raise Refused(operation, status, code, answer.get("Message") or answer.get("message") or "", answered)
        return answer

    def caller(self):
        """Returns account, user id and ARN."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        status, answered, text = self.send("sts", "GetCallerIdentity", headers, b"Action=GetCallerIdentity&Version=2011-06-15")
        member = lambda name: (re.findall(f"<{name}>([^<]*)</{name}>", text) or [""])[0]
        if status != 200:
            raise Refused("GetCallerIdentity", status, member("Code"), member("Message"), answered)
        return member("Account"), member("UserId"), member("Arn")

    def send(self, service, operation, headers, body):
        url = self.endpoint or f"https://{service}.{self.region}.{suffix(self.region)}"
        request = urllib.request.Request(url.rstrip("/") + "/", data=body, headers=self.signed(service, url, headers, body), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, lower(answer.headers), answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, lower(error.headers), error.read().decode("utf-8", "replace")
        except (OSError, urllib.error.URLError) as error:
            raise Unreachable(f"{operation}: {getattr(error, 'reason', error)}") from None

    def signed(self, service, url, headers, body):
        """Adds a signature of version 4."""
        key, secret, token = self.keys
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {**headers, "host": url.split("://", 1)[1].split("/")[0], "x-amz-date": now}
        if token:
            headers["x-amz-security-token"] = token
        names = ";".join(sorted(headers))
        lines = [f"{name}:{headers[name]}" for name in sorted(headers)]
        canonical = "\n".join(["POST", "/", "", *lines, "", names, hashlib.sha256(body).hexdigest()])
        scope = f"{now[:8]}/{self.region}/{service}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        secret = f"AWS4{secret}".encode()
        for part in scope.split("/"):
            secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(secret, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{digest}".encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
        return headers


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


class Recorder:
    """Writes calls to a folder, one file each, without what names the account or lets anybody in."""

    PATTERNS = [
        (re.compile(r"\b(AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{8,}"), r"\1EXAMPLE"),
        (re.compile(r"(arn:aws[a-z-]*:(?:iam|sts)::[0-9]*:)(role|user|assumed-role)/[^\s\"',]+"), r"\1\2/example"),
        (re.compile(r"(?<![0-9A-Za-z-])[0-9]{12}(?![0-9A-Za-z-])"), "000000000000"),
        (re.compile(r"s3(a|n)?://[^/\s\"',]+"), "s3://example"),
        (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "user@example.com"),
        # Presigned addresses and those of dashboards carry keys.
        (re.compile(r"(https?://)[^\s\"'<>]+"), lambda found: found.group(0).split("?")[0].split("#")[0] + ("?redacted" if "?" in found.group(0) else "")),
    ]

    def __init__(self, folder, secrets=()):
        self.folder, self.count = Path(folder), 0
        self.folder.mkdir(parents=True, exist_ok=True)
        self.hide(*secrets)

    def hide(self, *secrets):
        """Words that must not be written; those of a few letters would take others with them."""
        known = getattr(self, "secrets", set())
        self.secrets = known | {secret for secret in secrets if secret and len(secret) >= 6}

    def text(self, text):
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "redacted")
        if len(text) > LONGEST:
            # The patterns take their time, and nobody reads it all.
            text = f"{text[:LONGEST]}… ({len(text)} characters in all)"
        for pattern, instead in self.PATTERNS:
            text = pattern.sub(instead, text)
        return text

    def clean(self, value):
        if isinstance(value, dict):
            return {self.text(key): "redacted" if key in ("AuthToken", "owner") else self.clean(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.clean(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def write(self, operation, request, status, headers, answer):
        self.count += 1
        kept = {name: value for name, value in headers.items() if name in KEPT_HEADERS}
        call = {"operation": operation, "request": request, "status": status, "headers": kept, "answer": answer}
        path = self.folder / f"{self.count:03}-{operation}.json"
        path.write_text(json.dumps(self.clean(call), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
