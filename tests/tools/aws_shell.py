#!/usr/bin/env python3
"""Runs a shell script in which `aws` is the AWS CLI, in one process instead of one for each line.

    aws_shell.py SCRIPT

The shell splits and quotes; the CLI's own parser takes the words and sends the request. Values are held to the patterns and
lengths of the service model as well, which the CLI leaves to AWS. The first line that is refused ends the run.
"""
import io
import re
import subprocess
import sys
from contextlib import redirect_stdout

from awscli.clidriver import create_clidriver

FUNCTION = "aws() { printf '%s\\0' \"$#\" \"$@\"; }\n"


def commands(script):
    text = FUNCTION + open(script, encoding="utf-8").read()
    run = subprocess.run(["bash", "-euo", "pipefail"], input=text.encode(), check=True, stdout=subprocess.PIPE)
    words = run.stdout.decode().split("\0")[:-1]
    while words:
        count = int(words[0])
        yield words[1:1 + count]
        words = words[1 + count:]


def held(driver):
    """Refuses parameters that the model's patterns and lengths do not allow."""
    def check(params, model, **_):
        for name, value in params.items():
            limits = model.input_shape.members[name].metadata
            if isinstance(value, str):
                if not re.fullmatch(limits.get("pattern", ".*"), value):
                    sys.exit(f"{name}: {value!r} is not {limits['pattern']}")
                if not limits.get("min", 0) <= len(value) <= limits.get("max", len(value)):
                    sys.exit(f"{name}: {value!r} is too long or too short")
    driver.session.register("before-parameter-build.service-quotas", check)


def main():
    driver = create_clidriver()
    held(driver)
    count = 0
    for words in commands(sys.argv[1]):
        with redirect_stdout(io.StringIO()):
            code = driver.main(words)
        if code:
            sys.exit(f"exit code {code}: aws {' '.join(words)}")
        count += 1
    print(f"{count} lines", file=sys.stderr)


main()
