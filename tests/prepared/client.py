"""
Stands for a process that `server.py` forks: hands it the arguments, the folder, the environment and
the standard streams, passes signals on, and ends as it ends.

    python -I -S client.py SOCKET PROGRAM ARGUMENT ...    # PROGRAM: .../allennlp, or -c
"""

import json
import os
import signal
import socket
import sys

address, *arguments = sys.argv[1:]
request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
content = json.dumps(request).encode()
connection = socket.socket(socket.AF_UNIX)
connection.connect(address)
socket.send_fds(connection, [len(content).to_bytes(8, "big")], [0, 1, 2])
connection.sendall(content)
replies = connection.makefile()
process = int(replies.readline())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(process, number))
status = int(replies.readline())
if status < 0:
    if -status != signal.SIGKILL:
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
sys.exit(status)
