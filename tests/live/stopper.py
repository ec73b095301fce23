"""Stops sessions, also when the program that made them is killed.

`python3 stopper.py` reads lines of JSON: first where and as whom, then {"watch": id} before a session is asked for and
{"done": id} when it is over. When its input ends it stops what is left. It is a process of its own, in a session of its
own, so that neither Ctrl-C nor the end of the terminal reaches it.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from aws import Client, Refused, Unreachable  # noqa: E402

OVER = ("STOPPED", "FAILED", "TIMEOUT")
# What waiting does not mend.
HOPELESS = ("AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException")
# How long a session is tried to be stopped, in seconds. The service ends it by itself after its Timeout.
PATIENCE = 600
# For so long a session may be unknown although its start was asked for.
ON_ITS_WAY = 30


def stop(client, session, pause=2.0, on_its_way=ON_ITS_WAY):
    """Stops a session and waits for its end; returns its last state, None where there is none such."""
    began = time.monotonic()
    accepted = False
    while True:
        late = time.monotonic() - began > PATIENCE
        try:
            if not accepted:
                try:
                    client("StopSession", Id=session)
                    accepted = True
                except Refused as refused:
                    # Being started, or over: the state says which.
                    if late:
                        raise refused
            state = client("GetSession", Id=session)["Session"].get("Status")
            if state in OVER or late:
                return state
        except Refused as refused:
            waited = time.monotonic() - began > on_its_way
            if refused.code == "EntityNotFoundException" and waited:
                return None
            if late or (refused.code in HOPELESS and waited):
                raise
        except Unreachable:
            if late:
                raise
        time.sleep(pause)


class Stopper:
    """The process beside this one."""

    def __init__(self, client, pause):
        self.open = []
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(Path(__file__).resolve())], stdin=subprocess.PIPE, start_new_session=True, text=True)
        self.say({"place": client.place(), "pause": pause})

    def say(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def watch(self, session):
        self.open.append(session)
        self.say({"watch": session})

    def done(self, session):
        self.open.remove(session)
        self.say({"done": session})

    def close(self):
        """Lets it stop what is left and waits for that."""
        self.process.stdin.close()
        return self.process.wait(PATIENCE * 2) == 0


def main():
    for one in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    client, pause, left = None, 2.0, []
    for line in sys.stdin:
        try:
            told = json.loads(line)
        except ValueError:
            continue  # cut off by the end of the other process
        if "place" in told:
            client, pause = Client.of(told["place"]), told["pause"]
        elif "watch" in told:
            left.append(told["watch"])
        elif told.get("done") in left:
            left.remove(told["done"])
    failed = False
    for session in left:
        try:
            state = stop(client, session, pause, on_its_way=ON_ITS_WAY if pause >= 1 else 1)
            tell(f"the session {session} is {state or 'unknown to the service'}")
        except Exception as error:  # the next one is to be stopped whatever is wrong with this one
            failed = True
            tell(f"THE SESSION {session} MAY BE ALIVE AND COST MONEY: {error}")
    return 1 if failed else 0


def tell(text):
    try:
        print(f"stopper: {text}", file=sys.stderr, flush=True)
    except OSError:
        pass  # nobody listens any more


if __name__ == "__main__":
    sys.exit(main())
