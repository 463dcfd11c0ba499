"""Serves one WSGI application on loopback; runs in OpenStack's own environment: `serve.py PORT MODULE ATTRIBUTE`.

Not gunicorn: OpenStack reads the command line that it is started with as its own, and gives up.
"""

import importlib
import sys


def main() -> None:
    """Serve until told to stop."""
    port, module, attribute = sys.argv[1:4]
    sys.argv = sys.argv[:1]
    application = getattr(importlib.import_module(module), attribute)
    waitress = importlib.import_module("waitress")
    waitress.serve(application, host="127.0.0.1", port=int(port), threads=4)


if __name__ == "__main__":
    main()
